public import Platform

/// Why something could not be fetched or sent.
public enum TransferError: Explained, Equatable {
    /// The address is not one that is taken.
    case refusedAddress(String, String)
    /// The server answered with a status that no further attempt will change.
    case status(url: String, Int)
    /// The transfer itself failed: name, connection, TLS, stall; `code` is libcurl's.
    case connection(url: String, code: Int32, reason: String)
    /// The server's certificate is not to be trusted.
    case untrusted(url: String, CertificateFailure, reason: String)
    /// The server sends on to where it must not.
    case refusedRedirect(url: String, to: String, reason: String)
    /// The line that is to be sent to a server for access is none; it is not shown.
    case refusedHeader(String)
    /// The server's port answers, and not by TLS.
    case notTLS(url: String)
    /// A variable of the environment names no proxy.
    case badProxy(ProxyError)
    /// The proxy does not take its user and password, or wants some.
    case proxyRefused(url: String, ProxyAddress)
    /// The proxy is away, or makes no connection; `code` is libcurl's.
    case proxy(url: String, ProxyAddress, code: Int32, reason: String)
    /// No certificate authority is known here.
    case noAuthorities
    /// A file of authorities is none.
    case badCertificates(CertificateFile)
    /// The body is longer than it may be.
    case tooLarge(url: String, limit: Int)
    /// It was tried as often, or as long, as it may be.
    case gaveUp(url: String, attempts: Int, last: String, hint: String)
    /// There is not so much free where it is to go; in bytes.
    case noRoom(path: String, needed: Int64, free: Int64)
    /// The disk refused.
    case disk(SystemCallError)
    /// The run was stopped.
    case cancelled(url: String)

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .refusedAddress(let url, let reason):
            Explanation(
                reason, at: url,
                hint: "use an https: address, with %40 for an @ in user or password; or file: for a path on this host")
        case .status(let url, let status):
            Explanation("the server answered \(status)", at: url, hint: Self.hint(status: status, url))
        case .connection(let url, let code, let reason):
            Explanation(reason, at: url, hint: Self.hint(code: code, url))
        case .untrusted(let url, let certificateFailure, let reason):
            Explanation(reason, at: url, hint: certificateFailure.hint(url))
        case .refusedRedirect(let url, let to, let reason):
            Explanation(
                "the server redirects to \(to), which is refused: \(reason)", at: url, hint: "use the final address")
        case .refusedHeader(let reason):
            Explanation(
                "the header for access \(reason)",
                hint: "put a token, or NAME: VALUE, alone on one line into the file or variable")
        case .notTLS(let url):
            Explanation(
                "what answers at this port does not speak TLS", at: url,
                hint: "a plain http: server? use the port of its https:")
        case .badProxy(let error): error.explanation
        case .proxyRefused(let url, let proxy): Self.refused(url, proxy)
        case .proxy(let url, let proxy, let code, let reason):
            Explanation(
                "the proxy \(proxy), from \(proxy.variable): \(reason)", at: url,
                hint: Self.hint(proxy, code: code))
        case .noAuthorities:
            Explanation(
                "there are no certificate authorities on this host, so that no https: server can be trusted",
                at: Authorities.usual[0],
                hint: "sudo apt-get install ca-certificates, or name a file of them in \"ca_file\" or with --ca-file")
        case .badCertificates(let file): file.explanation
        case .tooLarge(let url, let limit):
            Explanation("is longer than \(limit) bytes", at: url, hint: "check that the address names what it should")
        case .gaveUp(let url, let attempts, let last, let hint):
            Explanation("gave up after \(attempts) attempts; the last: \(last)", at: url, hint: hint)
        case .noRoom(let path, let needed, let free):
            Explanation(
                "\(Self.mebibytes(needed)) are needed and \(Self.mebibytes(free)) are free", at: path,
                hint: "make room on that disk (df -h \(ShellWord.plain(path))): sudo apt-get clean; "
                    + "sudo journalctl --vacuum-size=100M; of bundles, a smaller \"keep_versions\""
            )
        case .disk(let error): error.explanation
        case .cancelled(let url):
            Explanation("the transfer was stopped", at: url, hint: "run again; it goes on where it stopped")
        }
    }

    private static func refused(_ url: String, _ proxy: ProxyAddress) -> Explanation {
        let what = proxy.credentials == nil ? "wants a user and password, and there are none in" : "refused those of"
        return Explanation(
            "the proxy \(proxy) \(what) \(proxy.variable) (407)", at: url,
            hint: "set \(proxy.variable) to http://USER:PASSWORD@HOST:PORT, with %40 for @ and so on in both; it was "
                + "asked once only, for more could lock the account")
    }

    private static func hint(_ proxy: ProxyAddress, code: Int32) -> String {
        switch code {
        case 5:
            "the proxy's name does not resolve: getent hosts \(ShellWord.plain(proxy.host)); look at \(proxy.variable)"
        case 7, 28: "is the proxy up, and does no firewall stand before it? look at \(proxy.variable) and no_proxy"
        default: "look at \(proxy.variable) and no_proxy, and ask who runs the proxy what it lets through"
        }
    }

    /// A host's name as it stands in an address, without a user, a port or brackets.
    private static func host(of url: String) -> String { (try? SourceURL(probing: url))?.host ?? url }

    private static func path(of url: String) -> String {
        url.hasFirstBytes("file://") ? String(url.dropFirst("file://".count)) : url
    }

    private static func mebibytes(_ bytes: Int64) -> String { "\((bytes + (1 << 20) - 1) >> 20) MiB" }

    private static func hint(status: Int, _ url: String) -> String {
        switch status {
        case 401, 403: "check the token or the signature in the address, and what this host may read"
        case 407: "a proxy in front of the server wants a user and password: set https_proxy, or ask who runs it"
        case 404, 410: "check the address; has it been published, and for this version?"
        case 300..<400: "the server redirects without an address: use the final one"
        case 429: "the server asks for patience: run again later"
        case 500...: "the server is in trouble: run again later, or name a mirror"
        default: "try the address from this host: curl -v \(ShellWord.plain(url))"
        }
    }

    private static func hint(code: Int32, _ url: String) -> String {
        let look = "curl -v \(ShellWord.plain(url))"
        return switch code {
        case 1: "what answers there speaks no HTTP: is it the port of an https: server?"
        case 3: "write scheme, host and path, and percent-encode other characters"
        case 6:
            "the name does not resolve: getent hosts \(ShellWord.plain(Self.host(of: url))); look at /etc/resolv.conf"
        case 7: "nothing answers there: is the server up, does a firewall stand between?"
        case 28: "it took too long: run again, or look at the link"
        case 23, 26: "the disk or a file on this host is in the way: look at df -h, and at dmesg"
        case 37: "is the file there, and may this user read it? ls -l \(ShellWord.plain(Self.path(of: url)))"
        case 52, 55, 56: "the connection was cut: run again; if it always is, is that the port of an https: server?"
        case 35:
            "TLS was not agreed: is the connection cut on the way (\(look))? else the server must speak TLS 1.2 or newer"
        case 58: "the server wants a certificate of this host: check \"client_certificate\" and \"client_key\""
        case 77, 83: "check the files with certificates: the system's, and \"ca_file\""
        default: "try the address from this host: \(look)"
        }
    }
}
