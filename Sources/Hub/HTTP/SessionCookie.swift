internal import Platform

/// What a log-in gives to the browser: no script sees it, and no other site's page sends it along.
enum SessionCookie {
    private static let name = "hub_session"

    /// Over TLS its name is one that only this hub can have set (RFC 6265bis, 4.1.3.2).
    private static let secureName = "__Host-\(name)"

    static func key(in request: HTTPRequest) -> String? {
        let cookies = (request.headers["cookie"] ?? "").parts(at: ";").map { $0.drop { $0 == " " } }
        for name in [secureName, name] {
            if let cookie = cookies.first(where: { $0.hasPrefix("\(name)=") }) {
                return String(cookie.dropFirst(name.count + 1))
            }
        }
        return nil
    }

    /// The header's value; one without a key takes the cookie away.
    static func header(_ key: String?, isSecure: Bool) -> String {
        let name = isSecure ? secureName : name
        return "\(name)=\(key ?? ""); Path=/; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
            + (key == nil ? "; Max-Age=0" : "")
    }
}
