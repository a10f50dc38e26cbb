%% An MME on Erlang/OTP diameter.
%%
%%   erl -noshell -pa . -s mme_client main ADDRESS PORT QUESTIONS WATCHDOG-SECONDS
%%
%% Asks each line of the file QUESTIONS once, stays until standard input ends, then leaves with
%% a DPR. A line is "IMEI IMSI SOFTWARE-VERSION"; "-" leaves an AVP out. For each answer one
%% line goes to standard output: "answer LINE RESULT-CODE EXPERIMENTAL-RESULT-CODE
%% EQUIPMENT-STATUS", "-" for what is absent, and "answered all" after the last one.
-module(mme_client).

-export([main/1]).

%% towards diameter
-export([peer_up/3, peer_down/3, pick_peer/4, prepare_request/3, prepare_retransmit/3,
         handle_answer/4, handle_error/4, handle_request/3]).

-include_lib("diameter/include/diameter.hrl").
-include_lib("diameter/include/diameter_gen_base_rfc6733.hrl").

-define(ORIGIN_HOST, "otpmme.epc.mnc001.mcc001.3gppnetwork.org").
-define(ORIGIN_REALM, "epc.mnc001.mcc001.3gppnetwork.org").
%% The service wants the application as a record, messages as maps want it as a map.
-define(CAPABILITY, #'diameter_base_Vendor-Specific-Application-Id'{
                       'Vendor-Id' = 10415, 'Auth-Application-Id' = [16777252]}).
-define(APPLICATION, #{'Vendor-Id' => 10415, 'Auth-Application-Id' => [16777252]}).
-define(UP_WITHIN, 10000).      % milliseconds
-define(ANSWER_WITHIN, 5000).   % milliseconds

main(Arguments) ->
    [Address, Port, Questions, Watchdog] = [atom_to_list(A) || A <- Arguments],
    ok = diameter:start(),
    ok = diameter:start_service(mme, service()),
    true = diameter:subscribe(mme),
    {ok, _} = diameter:add_transport(mme, transport(Address, Port, Watchdog)),
    await_peer(),
    {ok, Text} = file:read_file(Questions),
    Lines = string:lexemes(Text, "\n"),
    lists:foreach(fun ask/1, lists:zip(lists:seq(1, length(Lines)), Lines)),
    io:format("answered all~n"),
    eof = io:get_line(""),
    ok = diameter:stop_service(mme),
    halt(0).

service() ->
    [{'Origin-Host', ?ORIGIN_HOST}, {'Origin-Realm', ?ORIGIN_REALM},
     {'Vendor-Id', 0}, {'Product-Name', "otp-mme"}, {'Supported-Vendor-Id', [10415]},
     {'Vendor-Specific-Application-Id', [?CAPABILITY]},
     {string_decode, false}, {decode_format, map},
     {application, [{alias, s13}, {dictionary, s13}, {module, ?MODULE}]}].

transport(Address, Port, Watchdog) ->
    {ok, Ip} = inet:parse_address(Address),
    {connect, [{transport_module, diameter_tcp},
               {transport_config, [{raddr, Ip}, {rport, list_to_integer(Port)},
                                   {reuseaddr, true}]},
               {watchdog_timer, list_to_integer(Watchdog) * 1000}]}.

await_peer() ->
    receive
        #diameter_event{info = Info} when element(1, Info) =:= up ->
            io:format("peer up~n")
    after ?UP_WITHIN ->
        io:format("no peer~n"),
        halt(1)
    end.

ask({Number, Line}) ->
    [Imei, Imsi, Version] = string:lexemes(Line, " "),
    Terminal = optional('Software-Version', Version, #{'IMEI' => [Imei]}),
    Request = optional('User-Name', Imsi,
                       #{'Session-Id' => diameter:session_id(?ORIGIN_HOST),
                         'Auth-Session-State' => 1,
                         'Origin-Host' => ?ORIGIN_HOST,
                         'Origin-Realm' => ?ORIGIN_REALM,
                         'Destination-Realm' => ?ORIGIN_REALM,
                         'Vendor-Specific-Application-Id' => ?APPLICATION,
                         'Terminal-Information' => Terminal}),
    case diameter:call(mme, s13, ['ECR' | Request], [{timeout, ?ANSWER_WITHIN}]) of
        ['ECA' | Answer] ->
            io:format("answer ~p ~s ~s ~s~n",
                      [Number, number('Result-Code', Answer), experimental(Answer),
                       number('Equipment-Status', Answer)]);
        Failure ->
            io:format("failure ~p ~p~n", [Number, Failure])
    end.

optional(_, <<"-">>, Avps) -> Avps;
optional(Name, Value, Avps) -> Avps#{Name => [Value]}.

%% An optional AVP is decoded to its value, one of a list of at most one.
number(Name, Avps) ->
    case Avps of
        #{Name := [Value]} -> integer_to_list(Value);
        #{Name := Value} when is_integer(Value) -> integer_to_list(Value);
        _ -> "-"
    end.

experimental(#{'Experimental-Result' := [Group]}) ->
    number('Experimental-Result-Code', Group);
experimental(#{'Experimental-Result' := Group}) ->
    number('Experimental-Result-Code', Group);
experimental(_) ->
    "-".

peer_up(_, _, State) -> State.
peer_down(_, _, State) -> State.

pick_peer([Peer | _], _, _, _) -> {ok, Peer};
pick_peer([], _, _, _) -> false.

prepare_request(#diameter_packet{msg = Message}, _, _) -> {send, Message}.
prepare_retransmit(Packet, Service, Peer) -> prepare_request(Packet, Service, Peer).

%% OTP decodes strictly: whatever it finds wrong with an answer is printed, not forgiven.
handle_answer(#diameter_packet{msg = Message, errors = []}, _, _, _) -> Message;
handle_answer(#diameter_packet{errors = Errors}, _, _, _) -> {malformed_answer, Errors}.

handle_error(Reason, _, _, _) -> {error, Reason}.

handle_request(_, _, _) -> {protocol_error, 3001}.
