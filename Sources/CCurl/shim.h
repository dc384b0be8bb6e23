// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift does not import: one door for each kind of argument.
#pragma once
#include <curl/curl.h>

static inline CURLcode curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_sink(CURL *handle, CURLoption option,
                                     size_t (*value)(char *, size_t, size_t, void *)) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_progress(CURL *handle,
                                         int (*value)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t)) {
    return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, value);
}
static inline long curl_get_long(CURL *handle, CURLINFO what) {
    long value = 0;
    curl_easy_getinfo(handle, what, &value);
    return value;
}
static inline curl_off_t curl_get_offset(CURL *handle, CURLINFO what) {
    curl_off_t value = 0;
    curl_easy_getinfo(handle, what, &value);
    return value;
}
static inline const char *curl_get_string(CURL *handle, CURLINFO what) {
    const char *value = NULL;
    curl_easy_getinfo(handle, what, &value);
    return value;
}
static inline void curl_start(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }
