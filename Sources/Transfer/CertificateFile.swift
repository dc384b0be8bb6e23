import Platform

/// A file that should hold certificates in PEM, and does not.
public struct CertificateFile: Sendable, Equatable {
    /// What it is instead.
    public enum Trouble: Sendable, Equatable {
        /// Nothing is in it.
        case empty
        /// A certificate in DER.
        case der
        /// UTF-8 behind a byte order mark, for which OpenSSL does not see its first line.
        case byteOrderMark
        /// Text of two bytes a character.
        case utf16
        /// Anything else.
        case noCertificate
    }

    let path: String
    /// The setting that names it.
    let setting: String
    let trouble: Trouble

    var explanation: Explanation {
        let shown = ShellWord.plain(path), other = ShellWord.plain("\(path).pem")
        return switch trouble {
        case .empty:
            Explanation(
                "\(setting) names an empty file", at: path, hint: "put the authority's certificate there, in PEM")
        case .der:
            Explanation(
                "\(setting) names a certificate in DER, and PEM is wanted", at: path,
                hint: "sudo openssl x509 -inform der -in \(shown) -out \(other), and name that file")
        case .byteOrderMark:
            Explanation(
                "\(setting) names a file that begins with a byte order mark", at: path,
                hint: "take it away: sudo sed -i '1s/^\\xEF\\xBB\\xBF//' \(shown)")
        case .utf16:
            Explanation(
                "\(setting) names a file in UTF-16", at: path,
                hint: "as root: iconv -f utf-16 -t ascii \(shown) >\(other), and name that file")
        case .noCertificate:
            Explanation(
                "\(setting) names a file without a certificate in PEM", at: path,
                hint:
                    "put the authority's certificate there in PEM, with its line -----BEGIN CERTIFICATE-----")
        }
    }
}

extension CertificateFile.Trouble {
    /// Looks at a file's content; nil when there is a certificate in PEM.
    init?(_ content: [UInt8]) {
        if !content.contains(where: { !" \t\r\n".utf8.contains($0) }) {
            self = .empty
        } else if content.starts(with: [0xff, 0xfe]) || content.starts(with: [0xfe, 0xff]) {
            self = .utf16
        } else if content.starts(with: [0xef, 0xbb, 0xbf]) {
            self = .byteOrderMark
        } else if content.first == 0x30, content.dropFirst().first ?? 0 >= 0x80 {
            // An ASN.1 sequence whose length takes more than one byte.
            self = .der
        } else if Self.hasCertificate(content) {
            return nil
        } else {
            self = .noCertificate
        }
    }

    private static func hasCertificate(_ content: [UInt8]) -> Bool {
        content.lazy.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }).contains { line in
            ["-----BEGIN CERTIFICATE-----", "-----BEGIN TRUSTED CERTIFICATE-----", "-----BEGIN X509 CERTIFICATE-----"]
                .contains { line.starts(with: $0.utf8) }
        }
    }
}
