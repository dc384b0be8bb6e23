/// `GET /`: the page, with its style and script.
struct PageRoute: Sendable {
    /// The page for who may not read: it knows nothing by itself, and has the form to log in.
    func answer(_ request: HTTPRequest, instead refusal: HTTPResponse) -> HTTPResponse {
        var page = answer(request, file: nil)
        guard page.status == 200 else { return page }
        page.status = refusal.status
        page.headers += refusal.headers.filter { $0.name == "WWW-Authenticate" }
        return page
    }

    func answer(_ request: HTTPRequest, file: String?) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        let (bytes, type) =
            switch file {
            case "page.js": (PackageResources.page_js, "text/javascript")
            case "page.css": (PackageResources.page_css, "text/css")
            default: (PackageResources.page_html, "text/html")
            }
        return HTTPResponse(
            200,
            [
                ("Content-Type", "\(type); charset=utf-8"), ("Cache-Control", "no-cache"),
                // What hosts report is text of strangers: nothing but these files may run or be shown.
                (
                    "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
                        + "form-action 'none'; frame-ancestors 'none'"
                ), ("Referrer-Policy", "no-referrer"),
            ], .bytes(bytes))
    }
}
