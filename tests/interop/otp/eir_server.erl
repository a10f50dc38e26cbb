%% An EIR on Erlang/OTP diameter: equipment 35209900000000 + n, n below 10,000, has status n rem 3.
%%
%%   erl -noshell -pa . -s eir_server main PORT
%%
%% Prints "listening" and answers until standard input ends.
-module(eir_server).

-export([main/1]).

%% towards diameter
-export([peer_up/3, peer_down/3, pick_peer/4, prepare_request/3, prepare_retransmit/3,
         handle_answer/4, handle_error/4, handle_request/3]).

-include_lib("diameter/include/diameter.hrl").
-include_lib("diameter/include/diameter_gen_base_rfc6733.hrl").

-define(ORIGIN_HOST, "otpeir.epc.mnc001.mcc001.3gppnetwork.org").
-define(ORIGIN_REALM, "epc.mnc001.mcc001.3gppnetwork.org").
%% The service wants the application as a record, messages as maps want it as a map.
-define(CAPABILITY, #'diameter_base_Vendor-Specific-Application-Id'{
                       'Vendor-Id' = 10415, 'Auth-Application-Id' = [16777252]}).
-define(APPLICATION, #{'Vendor-Id' => 10415, 'Auth-Application-Id' => [16777252]}).
-define(FIRST_IMEI, 35209900000000).
-define(SUCCESS, 2001).
-define(COMMAND_UNSUPPORTED, 3001).
-define(MISSING_AVP, 5005).
-define(EQUIPMENT_UNKNOWN, 5422).

main([Port]) ->
    ok = diameter:start(),
    ok = diameter:start_service(eir, service()),
    {ok, _} = diameter:add_transport(eir, transport(list_to_integer(atom_to_list(Port)))),
    io:format("listening~n"),
    eof = io:get_line(""),
    ok = diameter:stop_service(eir),
    halt(0).

service() ->
    [{'Origin-Host', ?ORIGIN_HOST}, {'Origin-Realm', ?ORIGIN_REALM},
     {'Vendor-Id', 0}, {'Product-Name', "otp-eir"}, {'Supported-Vendor-Id', [10415]},
     {'Vendor-Specific-Application-Id', [?CAPABILITY]},
     {restrict_connections, false}, {string_decode, false}, {decode_format, map},
     {traffic_counters, false},
     {application, [{alias, s13}, {dictionary, s13}, {module, ?MODULE}]}].

transport(Port) ->
    {listen, [{transport_module, diameter_tcp},
              {transport_config, [{reuseaddr, true}, {ip, {127, 0, 0, 1}}, {port, Port},
                                  {nodelay, true}]}]}.

handle_request(#diameter_packet{msg = ['ECR' | Request]}, _, {_, Capabilities}) ->
    #{'Session-Id' := Session, 'Terminal-Information' := Terminal} = Request,
    #diameter_caps{origin_host = {Host, _}, origin_realm = {Realm, _}} = Capabilities,
    Answer = #{'Session-Id' => Session, 'Auth-Session-State' => 1,
               'Origin-Host' => Host, 'Origin-Realm' => Realm,
               'Vendor-Specific-Application-Id' => ?APPLICATION},
    {reply, ['ECA' | maps:merge(Answer, verdict(Terminal))]};
handle_request(_, _, _) ->
    {protocol_error, ?COMMAND_UNSUPPORTED}.

verdict(#{'IMEI' := [<<Imei:14/binary, _/binary>>]}) ->
    case string:to_integer(Imei) of
        {N, <<>>} when N >= ?FIRST_IMEI, N < ?FIRST_IMEI + 10000 ->
            #{'Result-Code' => ?SUCCESS, 'Equipment-Status' => (N - ?FIRST_IMEI) rem 3};
        _ ->
            #{'Experimental-Result' => #{'Vendor-Id' => 10415,
                                         'Experimental-Result-Code' => ?EQUIPMENT_UNKNOWN}}
    end;
verdict(_) ->
    #{'Result-Code' => ?MISSING_AVP}.

peer_up(_, _, State) -> State.
peer_down(_, _, State) -> State.
pick_peer(_, _, _, _) -> false.
prepare_request(_, _, _) -> erlang:error(server_asks_nothing).
prepare_retransmit(_, _, _) -> erlang:error(server_asks_nothing).
handle_answer(_, _, _, _) -> erlang:error(server_asks_nothing).
handle_error(_, _, _, _) -> erlang:error(server_asks_nothing).
