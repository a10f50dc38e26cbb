/*
 * S13 of TS 29.272 for freeDiameter: the dictionary, an MME that asks and an EIR that answers.
 *
 *   LoadExtension = "s13.fdx" : "client:QUESTIONS";   ask each line of that file once, then stay
 *   LoadExtension = "s13.fdx" : "server";             answer from a table of 10,000 equipments
 *
 * A line of QUESTIONS is "IMEI IMSI SOFTWARE-VERSION"; "-" leaves an AVP out. For each answer one
 * line goes to standard output: "answer LINE RESULT-CODE EXPERIMENTAL-RESULT-CODE EQUIPMENT-STATUS",
 * "-" for what is absent, and "answered all" after the last one.
 *
 * Terminal-Information, IMEI, Software-Version and Equipment-Status come from dict_dcca_3gpp.fdx,
 * which must be loaded before.
 */
#include <freeDiameter/extension.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define S13_APPLICATION 16777252
#define ME_IDENTITY_CHECK 324
#define VENDOR_3GPP 10415
#define NO_STATE_MAINTAINED 1
#define EQUIPMENT_UNKNOWN 5422

#define IMEI_DIGITS 14
#define FIRST_IMEI 35209900000000ULL
#define IMEI_COUNT 10000ULL

#define MAX_QUESTIONS 1024
#define WINDOW 4 /* questions that wait for an answer at any time */

/* Everything the extension looks up once, when it is loaded. */
static struct {
	struct dict_object *vendor, *application, *request, *answer;
	struct dict_object *terminal_information, *imei, *software_version, *equipment_status;
	struct dict_object *user_name, *auth_session_state, *destination_realm;
	struct dict_object *vendor_specific_application_id, *vendor_id, *auth_application_id;
	struct dict_object *result_code, *experimental_result, *experimental_result_code;
} dict;

/* ---- dictionary ---------------------------------------------------------------------------- */

struct rule {
	vendor_id_t vendor;
	const char *avp;
	enum rule_position position;
	int max; /* -1: any number */
};

/* TS 29.272 §7.2.19 */
static const struct rule request_rules[] = {
	{ 0, "Session-Id", RULE_FIXED_HEAD, 1 },
	{ 0, "Vendor-Specific-Application-Id", RULE_OPTIONAL, 1 },
	{ 0, "Auth-Session-State", RULE_REQUIRED, 1 },
	{ 0, "Origin-Host", RULE_REQUIRED, 1 },
	{ 0, "Origin-Realm", RULE_REQUIRED, 1 },
	{ 0, "Destination-Host", RULE_OPTIONAL, 1 },
	{ 0, "Destination-Realm", RULE_REQUIRED, 1 },
	{ VENDOR_3GPP, "Terminal-Information", RULE_REQUIRED, 1 },
	{ 0, "User-Name", RULE_OPTIONAL, 1 },
	{ 0, "Proxy-Info", RULE_OPTIONAL, -1 },
	{ 0, "Route-Record", RULE_OPTIONAL, -1 },
};

/* TS 29.272 §7.2.20 */
static const struct rule answer_rules[] = {
	{ 0, "Session-Id", RULE_FIXED_HEAD, 1 },
	{ 0, "Vendor-Specific-Application-Id", RULE_OPTIONAL, 1 },
	{ 0, "Result-Code", RULE_OPTIONAL, 1 },
	{ 0, "Experimental-Result", RULE_OPTIONAL, 1 },
	{ 0, "Auth-Session-State", RULE_REQUIRED, 1 },
	{ 0, "Origin-Host", RULE_REQUIRED, 1 },
	{ 0, "Origin-Realm", RULE_REQUIRED, 1 },
	{ VENDOR_3GPP, "Equipment-Status", RULE_OPTIONAL, 1 },
	{ 0, "Failed-AVP", RULE_OPTIONAL, 1 },
	{ 0, "Proxy-Info", RULE_OPTIONAL, -1 },
	{ 0, "Route-Record", RULE_OPTIONAL, -1 },
};

static int find_avp(const char *name, struct dict_object **found)
{
	CHECK_FCT(fd_dict_search(fd_g_config->cnf_dict, DICT_AVP, AVP_BY_NAME_ALL_VENDORS, name,
				 found, ENOENT));
	return 0;
}

static int find_avps(void)
{
	CHECK_FCT(find_avp("Terminal-Information", &dict.terminal_information));
	CHECK_FCT(find_avp("IMEI", &dict.imei));
	CHECK_FCT(find_avp("Software-Version", &dict.software_version));
	CHECK_FCT(find_avp("Equipment-Status", &dict.equipment_status));
	CHECK_FCT(find_avp("User-Name", &dict.user_name));
	CHECK_FCT(find_avp("Auth-Session-State", &dict.auth_session_state));
	CHECK_FCT(find_avp("Destination-Realm", &dict.destination_realm));
	CHECK_FCT(find_avp("Vendor-Specific-Application-Id", &dict.vendor_specific_application_id));
	CHECK_FCT(find_avp("Vendor-Id", &dict.vendor_id));
	CHECK_FCT(find_avp("Auth-Application-Id", &dict.auth_application_id));
	CHECK_FCT(find_avp("Result-Code", &dict.result_code));
	CHECK_FCT(find_avp("Experimental-Result", &dict.experimental_result));
	CHECK_FCT(find_avp("Experimental-Result-Code", &dict.experimental_result_code));
	return 0;
}

static int add_rules(const struct rule *rules, size_t count, struct dict_object *command)
{
	for (size_t i = 0; i < count; i++) {
		struct dict_avp_request avp = { .avp_vendor = rules[i].vendor,
						.avp_name = (char *)rules[i].avp };
		struct dict_rule_data rule = { .rule_position = rules[i].position,
					       .rule_min = -1, /* what the position implies */
					       .rule_max = rules[i].max };

		rule.rule_order = rules[i].position == RULE_FIXED_HEAD ? 1 : 0;
		CHECK_FCT(fd_dict_search(fd_g_config->cnf_dict, DICT_AVP, AVP_BY_NAME_AND_VENDOR,
					 &avp, &rule.rule_avp, ENOENT));
		CHECK_FCT(fd_dict_new(fd_g_config->cnf_dict, DICT_RULE, &rule, command, NULL));
	}
	return 0;
}

static int add_dictionary(void)
{
	struct dict_application_data application = { S13_APPLICATION, "S13" };
	struct dict_cmd_data request = { ME_IDENTITY_CHECK, "ME-Identity-Check-Request",
					 CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE | CMD_FLAG_ERROR,
					 CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE };
	struct dict_cmd_data answer = { ME_IDENTITY_CHECK, "ME-Identity-Check-Answer",
					CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE, CMD_FLAG_PROXIABLE };
	struct dictionary *all = fd_g_config->cnf_dict;

	CHECK_FCT(fd_dict_search(all, DICT_VENDOR, VENDOR_BY_NAME, "3GPP", &dict.vendor, ENOENT));
	CHECK_FCT(fd_dict_new(all, DICT_APPLICATION, &application, dict.vendor, &dict.application));
	CHECK_FCT(fd_dict_new(all, DICT_COMMAND, &request, dict.application, &dict.request));
	CHECK_FCT(fd_dict_new(all, DICT_COMMAND, &answer, dict.application, &dict.answer));
	CHECK_FCT(add_rules(request_rules, sizeof request_rules / sizeof *request_rules, dict.request));
	CHECK_FCT(add_rules(answer_rules, sizeof answer_rules / sizeof *answer_rules, dict.answer));
	return find_avps();
}

/* ---- building messages --------------------------------------------------------------------- */

static int add_value(msg_or_avp *parent, struct dict_object *model, union avp_value value)
{
	struct avp *avp;

	CHECK_FCT(fd_msg_avp_new(model, 0, &avp));
	CHECK_FCT(fd_msg_avp_setvalue(avp, &value));
	CHECK_FCT(fd_msg_avp_add(parent, MSG_BRW_LAST_CHILD, avp));
	return 0;
}

static int add_number(msg_or_avp *parent, struct dict_object *model, uint32_t number)
{
	union avp_value value = { .u32 = number };

	return add_value(parent, model, value);
}

static int add_text(msg_or_avp *parent, struct dict_object *model, const char *text)
{
	union avp_value value = { .os = { .data = (uint8_t *)text, .len = strlen(text) } };

	return add_value(parent, model, value);
}

static int add_application(struct msg *message)
{
	struct avp *group;

	CHECK_FCT(fd_msg_avp_new(dict.vendor_specific_application_id, 0, &group));
	CHECK_FCT(add_number(group, dict.vendor_id, VENDOR_3GPP));
	CHECK_FCT(add_number(group, dict.auth_application_id, S13_APPLICATION));
	CHECK_FCT(fd_msg_avp_add(message, MSG_BRW_LAST_CHILD, group));
	return 0;
}

/* The value of the first AVP of this model among the children, NULL if there is none. */
static union avp_value *child_value(msg_or_avp *parent, struct dict_object *model)
{
	struct avp *avp = NULL;

	CHECK_FCT_DO(fd_msg_browse(parent, MSG_BRW_FIRST_CHILD, &avp, NULL), return NULL);
	while (avp) {
		struct dict_object *its_model = NULL;
		struct avp_hdr *header = NULL;

		CHECK_FCT_DO(fd_msg_model(avp, &its_model), return NULL);
		CHECK_FCT_DO(fd_msg_avp_hdr(avp, &header), return NULL);
		if (its_model == model)
			return header->avp_value;
		CHECK_FCT_DO(fd_msg_browse(avp, MSG_BRW_NEXT, &avp, NULL), return NULL);
	}
	return NULL;
}

/* ---- the EIR ------------------------------------------------------------------------------- */

/* Equipment n of the table has status n % 3; -1 for an equipment that is not in it. */
static int status_of(const union avp_value *imei)
{
	uint64_t number = 0;

	if (imei->os.len < IMEI_DIGITS)
		return -1;
	for (int i = 0; i < IMEI_DIGITS; i++)
		number = number * 10 + (imei->os.data[i] - '0');
	if (number < FIRST_IMEI || number >= FIRST_IMEI + IMEI_COUNT)
		return -1;
	return (int)((number - FIRST_IMEI) % 3);
}

static int add_unknown(struct msg *answer)
{
	struct avp *group;

	CHECK_FCT(fd_msg_add_origin(answer, 0));
	CHECK_FCT(fd_msg_avp_new(dict.experimental_result, 0, &group));
	CHECK_FCT(add_number(group, dict.vendor_id, VENDOR_3GPP));
	CHECK_FCT(add_number(group, dict.experimental_result_code, EQUIPMENT_UNKNOWN));
	CHECK_FCT(fd_msg_avp_add(answer, MSG_BRW_LAST_CHILD, group));
	return 0;
}

static int add_verdict(struct msg *answer, const union avp_value *imei)
{
	int status;

	if (!imei)
		return fd_msg_rescode_set(answer, "DIAMETER_MISSING_AVP", NULL, NULL, 1);
	status = status_of(imei);
	if (status < 0)
		return add_unknown(answer);
	CHECK_FCT(fd_msg_rescode_set(answer, "DIAMETER_SUCCESS", NULL, NULL, 1));
	return add_number(answer, dict.equipment_status, status);
}

static int answer_check(struct msg **message, struct avp *avp, struct session *session,
			void *opaque, enum disp_action *action)
{
	struct avp *terminal_information = NULL;
	union avp_value *imei = NULL;

	(void)avp, (void)session, (void)opaque, (void)action;
	CHECK_FCT(fd_msg_search_avp(*message, dict.terminal_information, &terminal_information));
	if (terminal_information)
		imei = child_value(terminal_information, dict.imei);
	CHECK_FCT(fd_msg_new_answer_from_req(fd_g_config->cnf_dict, message, 0));
	CHECK_FCT(add_application(*message));
	CHECK_FCT(add_verdict(*message, imei));
	CHECK_FCT(add_number(*message, dict.auth_session_state, NO_STATE_MAINTAINED));
	CHECK_FCT(fd_msg_send(message, NULL, NULL));
	return 0;
}

static struct disp_hdl *registration;

static int start_server(void)
{
	struct disp_when when = { .app = dict.application, .command = dict.request };

	CHECK_FCT(fd_disp_register(answer_check, DISP_HOW_CC, &when, NULL, &registration));
	return fd_disp_app_support(dict.application, dict.vendor, 1, 0);
}

/* ---- the MME ------------------------------------------------------------------------------- */

struct question {
	char imei[64], imsi[64], software_version[64];
	int line;
};

static struct question questions[MAX_QUESTIONS];
static int asked;
static int answered;
static pthread_t asker;

static int read_questions(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		return errno;
	while (asked < MAX_QUESTIONS) {
		struct question *question = &questions[asked];

		if (fscanf(file, "%63s %63s %63s", question->imei, question->imsi,
			   question->software_version) != 3)
			break;
		question->line = ++asked;
	}
	fclose(file);
	return asked ? 0 : EINVAL;
}

static void print_number(const union avp_value *value)
{
	if (value)
		printf(" %" PRIu32, value->u32);
	else
		printf(" -");
}

static void print_answer(void *data, struct msg **answer)
{
	const struct question *question = data;
	struct avp *experimental = NULL;

	CHECK_FCT_DO(fd_msg_search_avp(*answer, dict.experimental_result, &experimental), return);
	printf("answer %d", question->line);
	print_number(child_value(*answer, dict.result_code));
	print_number(experimental ? child_value(experimental, dict.experimental_result_code) : NULL);
	print_number(child_value(*answer, dict.equipment_status));
	printf("\n");
	if (__atomic_add_fetch(&answered, 1, __ATOMIC_SEQ_CST) == asked)
		printf("answered all\n");
	fflush(stdout);
	CHECK_FCT_DO(fd_msg_free(*answer), );
	*answer = NULL;
}

static int ask(struct question *question)
{
	struct msg *message;
	struct avp *group;

	CHECK_FCT(fd_msg_new(dict.request, MSGFL_ALLOC_ETEID, &message));
	CHECK_FCT(fd_msg_new_session(message, (os0_t) "s13", strlen("s13")));
	CHECK_FCT(add_application(message));
	CHECK_FCT(add_number(message, dict.auth_session_state, NO_STATE_MAINTAINED));
	CHECK_FCT(fd_msg_add_origin(message, 0));
	CHECK_FCT(add_text(message, dict.destination_realm, fd_g_config->cnf_diamrlm));
	CHECK_FCT(fd_msg_avp_new(dict.terminal_information, 0, &group));
	CHECK_FCT(add_text(group, dict.imei, question->imei));
	if (strcmp(question->software_version, "-"))
		CHECK_FCT(add_text(group, dict.software_version, question->software_version));
	CHECK_FCT(fd_msg_avp_add(message, MSG_BRW_LAST_CHILD, group));
	if (strcmp(question->imsi, "-"))
		CHECK_FCT(add_text(message, dict.user_name, question->imsi));
	return fd_msg_send(&message, print_answer, question);
}

static int any_peer_open(void)
{
	int open = 0;

	CHECK_POSIX(pthread_rwlock_rdlock(&fd_g_peers_rw));
	for (struct fd_list *link = fd_g_peers.next; link != &fd_g_peers; link = link->next)
		open |= fd_peer_get_state((struct peer_hdr *)link->o) == STATE_OPEN;
	CHECK_POSIX(pthread_rwlock_unlock(&fd_g_peers_rw));
	return open;
}

static void *ask_all(void *unused)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	const struct timespec moment = { .tv_nsec = 1000 * 1000 };

	while (!any_peer_open())
		nanosleep(&pause, NULL); /* a cancellation point: shutdown may come first */
	for (int i = 0; i < asked; i++) {
		while (i - __atomic_load_n(&answered, __ATOMIC_SEQ_CST) >= WINDOW)
			nanosleep(&moment, NULL); /* nobody is to be flooded */
		CHECK_FCT_DO(ask(&questions[i]), return NULL);
	}
	return unused;
}

static int start_client(const char *path)
{
	CHECK_FCT(read_questions(path));
	CHECK_FCT(fd_disp_app_support(dict.application, NULL, 1, 0));
	CHECK_FCT(fd_disp_app_support(dict.application, dict.vendor, 1, 0));
	CHECK_POSIX(pthread_create(&asker, NULL, ask_all, NULL));
	return 0;
}

/* ---- the extension ------------------------------------------------------------------------- */

static int start(char *role)
{
	static const char client[] = "client:";

	CHECK_FCT(add_dictionary());
	if (role && !strncmp(role, client, strlen(client)))
		return start_client(role + strlen(client));
	return start_server();
}

void fd_ext_fini(void)
{
	CHECK_FCT_DO(fd_thr_term(&asker), );
	if (registration)
		CHECK_FCT_DO(fd_disp_unregister(&registration, NULL), );
}

EXTENSION_ENTRY("s13", start, "dict_dcca_3gpp");
