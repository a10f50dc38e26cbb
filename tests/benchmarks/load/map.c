#include "map.h"

#include <string.h>

#include "m3ua.h"

enum { BEGIN = 0x62, END = 0x64, OTID = 0x48, DTID = 0x49 };
enum { DIALOGUE_PORTION = 0x6b, COMPONENT_PORTION = 0x6c };
enum { INVOKE = 0xa1, RESULT_LAST = 0xa2, RETURN_ERROR = 0xa3 };
enum { INTEGER = 0x02, BIT_STRING = 0x03, OCTET_STRING = 0x04, OBJECT_IDENTIFIER = 0x06,
       ENUMERATED = 0x0a, EXTERNAL = 0x28, SEQUENCE = 0x30 };
enum { CHECK_IMEI = 43, UNKNOWN_EQUIPMENT = 7 };
enum { UDT = 0x09, XUDT = 0x11, HOPS = 15 };
enum { MSC_SSN = 8, EIR_SSN = 9 };
enum { ROUTE_ON_SSN = 0x42, ROUTE_ON_TITLE = 0x12 }; /* ITU-T Q.713 §3.4.1; title of kind 4 */

#define EIR_TITLE "994500000009"

/* They stand for what is written into each message, and are found by their octets. */
static const uint8_t TRANSACTION_MARK[4] = "\xf1\xf2\xf3\xf4";
static const uint8_t IMEI_MARK[8] = "\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xf0";
static const uint8_t IMSI_MARK[8] = "\xd1\xd2\xd3\xd4\xd5\xd6\xd7\xf0";

/* Elements are written from the inside: contents first, then `wrap` puts tag and length before. */
struct piece {
	uint8_t octets[TEMPLATE_OCTETS];
	size_t count;
};

static void add(struct piece *piece, const void *octets, size_t count)
{
	memcpy(piece->octets + piece->count, octets, count);
	piece->count += count;
}

static void wrap(struct piece *piece, uint8_t tag)
{
	size_t count = piece->count, header = count < 0x80 ? 2 : 3;
	uint8_t *at = piece->octets;

	memmove(at + header, at, count);
	at[0] = tag;
	at[1] = count < 0x80 ? count : 0x81;
	at[header - 1] = count;
	piece->count += header;
}

static void add_element(struct piece *piece, uint8_t tag, const void *value, size_t count)
{
	struct piece element = { .count = 0 };

	add(&element, value, count);
	wrap(&element, tag);
	add(piece, element.octets, element.count);
}

static void add_integer(struct piece *piece, uint8_t number)
{
	add_element(piece, INTEGER, &number, 1);
}

/* ---- asking -------------------------------------------------------------------------------- */

/* An ExtensionContainer with the IMSI in a private extension, of the arc for examples (RFC 5612) */
static void add_extension(struct piece *argument)
{
	static const uint8_t identifier[] = { 0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 1 };
	struct piece container = { .count = 0 };

	add_element(&container, OBJECT_IDENTIFIER, identifier, sizeof identifier);
	add_element(&container, OCTET_STRING, IMSI_MARK, sizeof IMSI_MARK);
	wrap(&container, SEQUENCE);
	wrap(&container, 0xa0); /* privateExtensionList */
	wrap(&container, SEQUENCE);
	add(argument, container.octets, container.count);
}

static void add_argument(struct piece *invoke, const struct manner *manner)
{
	static const uint8_t status_only[] = { 6, 0x80 };
	struct piece argument = { .count = 0 };

	add_element(&argument, OCTET_STRING, IMEI_MARK, sizeof IMEI_MARK);
	if (manner->version == 3) {
		add_element(&argument, BIT_STRING, status_only, sizeof status_only);
		if (manner->imsi)
			add_extension(&argument);
		wrap(&argument, SEQUENCE);
	} else if (manner->imsi) {
		add_element(&argument, 0, IMSI_MARK, sizeof IMSI_MARK);
	}
	add(invoke, argument.octets, argument.count);
}

static void add_dialogue(struct piece *begin, int version)
{
	static const uint8_t version_1[] = { 7, 0x80 };
	static const uint8_t dialogue_as[] = { 0, 0x11, 0x86, 5, 1, 1, 1 };
	const uint8_t context[] = { 4, 0, 0, 1, 0, 0x0d, version };
	struct piece name = { .count = 0 }, request = { .count = 0 }, portion = { .count = 0 };

	add_element(&name, OBJECT_IDENTIFIER, context, sizeof context);
	wrap(&name, 0xa1);
	add_element(&request, 0x80, version_1, sizeof version_1);
	add(&request, name.octets, name.count);
	wrap(&request, 0x60); /* AARQ */
	wrap(&request, 0xa0); /* single-ASN1-type */
	add_element(&portion, OBJECT_IDENTIFIER, dialogue_as, sizeof dialogue_as);
	add(&portion, request.octets, request.count);
	wrap(&portion, EXTERNAL);
	wrap(&portion, DIALOGUE_PORTION);
	add(begin, portion.octets, portion.count);
}

static void write_begin(struct piece *begin, const struct manner *manner)
{
	struct piece invoke = { .count = 0 };

	add_integer(&invoke, 1);
	add_integer(&invoke, CHECK_IMEI);
	add_argument(&invoke, manner);
	wrap(&invoke, INVOKE);
	wrap(&invoke, COMPONENT_PORTION);
	add_element(begin, OTID, TRANSACTION_MARK, sizeof TRANSACTION_MARK);
	if (manner->version > 1)
		add_dialogue(begin, manner->version);
	add(begin, invoke.octets, invoke.count);
	wrap(begin, BEGIN);
}

/* A party address (ITU-T Q.713 §3.4) with its length before. */
static size_t write_address(uint8_t *at, uint8_t ssn, const char *digits)
{
	size_t count = digits ? strlen(digits) : 0;

	at[0] = 2;
	at[1] = digits ? ROUTE_ON_TITLE : ROUTE_ON_SSN;
	at[2] = ssn;
	if (!digits)
		return 3;
	at[3] = 0;                        /* translation type */
	at[4] = count % 2 ? 0x11 : 0x12;  /* E.164; BCD, odd or even */
	at[5] = 4;                        /* international */
	memset(at + 6, 0, (count + 1) / 2);
	for (size_t i = 0; i < count; i++)
		at[6 + i / 2] |= (digits[i] - '0') << i % 2 * 4;
	at[0] = 5 + (count + 1) / 2;
	return 1 + at[0];
}

static size_t write_unitdata(uint8_t *at, const struct manner *manner, const struct piece *begin)
{
	size_t pointers = manner->extended ? 3 : 2;   /* where they stand */
	size_t count = manner->extended ? 4 : 3;      /* the fourth is of no optional part */
	size_t place = pointers + count;

	at[0] = manner->extended ? XUDT : UDT;
	at[1] = 0; /* class */
	at[2] = HOPS;
	at[pointers] = place - pointers;
	place += write_address(at + place, EIR_SSN, manner->calling ? EIR_TITLE : NULL);
	at[pointers + 1] = place - pointers - 1;
	place += write_address(at + place, MSC_SSN, manner->calling);
	at[pointers + 2] = place - pointers - 2;
	if (manner->extended)
		at[pointers + 3] = 0;
	at[place] = begin->count;
	memcpy(at + place + 1, begin->octets, begin->count);
	return place + 1 + begin->count;
}

static size_t find(const struct template *template, const uint8_t *mark, size_t count)
{
	const uint8_t *found = memmem(template->octets, template->count, mark, count);

	return found ? found - template->octets : 0;
}

void write_template(struct template *template, const struct manner *manner, uint32_t opc,
		    uint32_t dpc)
{
	struct piece begin = { .count = 0 };
	uint8_t unitdata[TEMPLATE_OCTETS];

	write_begin(&begin, manner);
	template->count = write_data(template->octets, opc, dpc, unitdata,
				     write_unitdata(unitdata, manner, &begin));
	template->transaction = find(template, TRANSACTION_MARK, sizeof TRANSACTION_MARK);
	template->imei = find(template, IMEI_MARK, sizeof IMEI_MARK);
	template->imsi = find(template, IMSI_MARK, sizeof IMSI_MARK);
}

/* ---- answers ------------------------------------------------------------------------------- */

struct element {
	uint8_t tag;
	const uint8_t *value, *end;
};

/* Read the element that begins here; tag 0: there is none. Lengths below 256 are enough for us. */
static struct element read_element(const uint8_t *at, const uint8_t *end)
{
	size_t length, header = 2;

	if (end - at < 3)
		return (struct element){ 0 };
	length = at[1];
	if (length == 0x81) {
		length = at[2];
		header = 3;
	}
	if (length > (size_t)(end - at) - header || length == 0x80)
		return (struct element){ 0 };
	return (struct element){ at[0], at + header, at + header + length };
}

/* The first element with this tag among those that stand here; tag 0: there is none. */
static struct element find_element(const uint8_t *at, const uint8_t *end, uint8_t tag)
{
	struct element found;

	while ((found = read_element(at, end)).tag && found.tag != tag)
		at = found.end;
	return found;
}

/* operation and status, which version 3 has in a sequence */
static enum verdict read_status(struct element result)
{
	struct element inner = find_element(result.value, result.end, SEQUENCE), status;

	if (!inner.tag || read_element(inner.value, inner.end).value[0] != CHECK_IMEI)
		return REFUSED;
	status = find_element(inner.value, inner.end, ENUMERATED);
	if (!status.tag) {
		inner = find_element(inner.value, inner.end, SEQUENCE);
		if (!inner.tag)
			return REFUSED;
		status = find_element(inner.value, inner.end, ENUMERATED);
	}
	return status.tag && status.value[0] <= TRACKING ? status.value[0] : REFUSED;
}

static enum verdict read_error(struct element error)
{
	struct element code = find_element(error.value, error.end, INTEGER); /* the invoke id */

	code = read_element(code.end, error.end);
	return code.tag && code.value[0] == UNKNOWN_EQUIPMENT ? UNKNOWN : REFUSED;
}

struct end read_end(const uint8_t *octets, size_t count)
{
	struct end end = { .verdict = REFUSED };
	struct element message = read_element(octets, octets + count), found, component;

	if (message.tag != END)
		return end;
	found = find_element(message.value, message.end, DTID);
	if (found.end - found.value != 4)
		return end;
	end.transaction = get32(found.value);
	found = find_element(message.value, message.end, COMPONENT_PORTION);
	if (!found.tag)
		return end;
	component = read_element(found.value, found.end);
	found = find_element(component.value, component.end, INTEGER);
	end.right_invoke = found.tag && found.end - found.value == 1 && found.value[0] == 1;
	if (component.tag == RESULT_LAST)
		end.verdict = read_status(component);
	else if (component.tag == RETURN_ERROR && end.right_invoke)
		end.verdict = read_error(component);
	return end;
}
