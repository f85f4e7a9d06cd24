/* The page of a report: its data, and a policy that lets nothing else in. */
#include "grokscope/error.h"

#include "analyze/report/deflate.h"
#include "analyze/report/report_write.h"
#include "train/base/base64.h"
#include "train/base/sha256.h"

#include <stdlib.h>
#include <string.h>

#define CSP_PLACE "<!--csp-->"
#define DATA_PLACE "<!--data-->"
#define SCRIPT_BEGIN "<script>"
#define SCRIPT_END "</script>"

/* Where a placeholder stands, once. */
static int
find_place(const char *page, const char *place, const char **at)
{
    *at = strstr(page, place);
    if (!*at)
        return gsc_fail(GSC_EFORMAT, "the report's page: has no %s", place);
    if (strstr(*at + 1, place))
        return gsc_fail(GSC_EFORMAT, "the report's page: has %s twice", place);
    return 0;
}

/* " 'sha256-…'" of every script of the page. */
static int
add_hashes(const char *page, gsc_text *html)
{
    int status = 0;
    for (const char *at = strstr(page, SCRIPT_BEGIN); at;
         at = strstr(at, SCRIPT_BEGIN)) {
        unsigned char sum[GSC_SHA256_BYTES];
        at += strlen(SCRIPT_BEGIN);
        const char *end = strstr(at, SCRIPT_END);
        if (!end)
            return gsc_fail(GSC_EFORMAT, "the report's page: a script without an end");
        gsc_sha256(at, (size_t)(end - at), sum);
        GSC_TRY(gsc_text_add(html, " 'sha256-"));
        GSC_TRY(gsc_base64_add(sum, sizeof sum, html));
        GSC_TRY(gsc_text_add(html, "'"));
        at = end;
    }
out:
    return status;
}

static int
add_policy(const char *page, gsc_text *html)
{
    int status = 0;
    GSC_TRY(gsc_text_add(html, "<meta http-equiv=\"Content-Security-Policy\" content=\""
                               "default-src 'none'; script-src"));
    GSC_TRY(add_hashes(page, html));
    GSC_TRY(gsc_text_add(html, "; style-src 'unsafe-inline'; img-src data: blob:\">"));
out:
    return status;
}

/* JSON in which no '<' stands, so that no end of a script can: '<' is only of strings.
 */
static int
add_manifest(const gsc_text *manifest, gsc_text *html)
{
    int status = 0;
    for (const char *at = manifest->data; *at;) {
        size_t length = strcspn(at, "<");
        GSC_TRY(gsc_text_add(html, "%.*s", (int)length, at));
        at += length;
        if (*at == '<') {
            GSC_TRY(gsc_text_add(html, "\\u003c"));
            at++;
        }
    }
out:
    return status;
}

static int
add_data(const gsc_text *manifest, const gsc_text *arrays, gsc_text *html)
{
    int status = 0;
    GSC_TRY(gsc_text_add(html, "<script type=\"application/json\" id=\"manifest\">\n"));
    GSC_TRY(add_manifest(manifest, html));
    GSC_TRY(gsc_text_add(html, "\n</script>\n<script type=\"application/octet-stream\" "
                               "id=\"arrays\">"));
    GSC_TRY(gsc_text_add(html, "%s", arrays->data ? arrays->data : ""));
    GSC_TRY(gsc_text_add(html, "</script>\n"));
out:
    return status;
}

int
gsc_report_write_page(const char *page, const gsc_text *manifest,
                      const gsc_text *arrays, gsc_text *html)
{
    int status = 0;
    const char *policy, *data;
    if (!page)
        return add_data(manifest, arrays, html);
    GSC_TRY(find_place(page, CSP_PLACE, &policy));
    GSC_TRY(find_place(page, DATA_PLACE, &data));
    if (policy > data)
        return gsc_fail(GSC_EFORMAT, "the report's page: %s stands after %s", CSP_PLACE,
                        DATA_PLACE);
    GSC_TRY(gsc_text_add(html, "%.*s", (int)(policy - page), page));
    GSC_TRY(add_policy(page, html));
    policy += strlen(CSP_PLACE);
    GSC_TRY(gsc_text_add(html, "%.*s", (int)(data - policy), policy));
    GSC_TRY(add_data(manifest, arrays, html));
    GSC_TRY(gsc_text_add(html, "%s", data + strlen(DATA_PLACE)));
out:
    return status;
}

/* ---- The manifest ---- */

void
gsc_report_begin_manifest(gsc_json *json, const gsc_report_options *options,
                          const char *const *notes, size_t num_notes)
{
    gsc_json_open(json, NULL, '{');
    gsc_json_text(json, "schema", "grokscope-report");
    gsc_json_integer(json, "schema_version", 1);
    gsc_json_text(json, "version", options->version);
    gsc_json_text(json, "command", options->command);
    if (options->watch > 0)
        gsc_json_integer(json, "watch", options->watch);
    gsc_json_open(json, "notes", '[');
    for (size_t i = 0; i < num_notes; i++)
        gsc_json_text(json, NULL, notes[i]);
    gsc_json_close(json, '[');
}

int
gsc_report_end(gsc_report_writer *w, const char *page, gsc_text *html)
{
    int status = 0;
    gsc_text letters = {0};
    void *packed = NULL;
    size_t length;
    gsc_json_close(&w->arrays.names, '{');
    gsc_json_note(&w->json, w->arrays.names.status);
    gsc_json_raw(&w->json, "arrays", w->arrays.names.text.data);
    gsc_json_close(&w->json, '{');
    GSC_TRY(w->json.status);
    GSC_TRY(gsc_deflate(w->arrays.data, w->arrays.length, &packed, &length));
    GSC_TRY(gsc_base64_add(packed, length, &letters));
    GSC_TRY(gsc_report_write_page(page, &w->json.text, &letters, html));
out:
    gsc_text_free(&letters);
    free(packed);
    return status;
}
