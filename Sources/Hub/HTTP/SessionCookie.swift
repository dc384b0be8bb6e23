internal import Platform

/// What a log-in gives to the browser: no script sees it, and no other site's page sends it along.
enum SessionCookie {
    private static let plainName = "hub_session"

    /// Over TLS its name is one that only this hub can have set (RFC 6265bis, 4.1.3.2).
    private static let secureName = "__Host-\(plainName)"

    /// Over TLS only the name that nobody else can have set: a page of another name, or without TLS, could log a browser in as
    /// somebody of its choice.
    static func key(in request: HTTPRequest) -> String? {
        let name = name(request.isSecure)
        return (request.headers["cookie"] ?? "").parts(at: ";").map { $0.drop { $0 == " " } }
            .first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    /// The header's value; one without a key takes the cookie away.
    static func header(_ key: String?, isSecure: Bool) -> String {
        "\(name(isSecure))=\(key ?? ""); Path=/; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
            + (key == nil ? "; Max-Age=0" : "")
    }

    private static func name(_ isSecure: Bool) -> String { isSecure ? secureName : plainName }
}
