import Platform

/// Why a server's certificate was refused.
public enum CertificateFailure: Sendable, Equatable {
    /// It is no longer valid, or not yet.
    case outOfDate
    /// No authority that is trusted here has signed it.
    case unknownAuthority
    /// It is made out to another name.
    case wrongName
    /// Anything else that is wrong with it.
    case other

    /// Reads what OpenSSL found: X509_verify_cert_error_string(3) lists the numbers.
    ///
    /// The name is checked by libcurl before it asks OpenSSL: 1, "unspecified", is what it begins with.
    init(verifyResult: Int) {
        switch verifyResult {
        case 1, 62, 64: self = .wrongName
        case 9, 10: self = .outOfDate
        case 2, 18, 19, 20, 21: self = .unknownAuthority
        default: self = .other
        }
    }

    /// `url` is where the certificate was shown.
    func hint(_ url: String) -> String {
        let look = Self.look(at: url)
        return switch self {
        case .outOfDate: "check this host's clock (timedatectl); if it is right, the server needs a new certificate"
        case .unknownAuthority:
            "if the server's authority is a private one, name its certificate in \"ca_file\" or with --ca-file"
        case .wrongName: "use the name that the certificate is made out to: \(look)"
        case .other: "look at the server's certificate: \(look)"
        }
    }

    /// Names and times of a server's certificate, by a command that waits for no input.
    private static func look(at url: String) -> String {
        let source = try? SourceURL(probing: url)
        let host = source?.host ?? "HOST", port = source?.origin.split(separator: ":").last ?? "443"
        let name = ShellWord.plain(host), authority = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        return "openssl s_client -connect \(ShellWord.plain(authority)) -servername \(name) </dev/null "
            + "| openssl x509 -noout -ext subjectAltName -dates"
    }
}
