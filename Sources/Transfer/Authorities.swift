internal import Glibc
import Platform

/// The certificate authorities to trust: the system's, and one file more.
///
/// None is compiled in.
public enum Authorities {
    /// Where the distributions keep their bundle.
    static let usual = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]

    /// Looks whether there is any authority to trust, and whether the extra file is one of certificates.
    ///
    /// Blocks.
    public static func check(extra: String?) throws(TransferError) {
        guard try !bundle(extra: extra).isEmpty else { throw .noAuthorities }
    }

    /// The bundle's text, with the extra file's behind it; empty when this host has none.
    ///
    /// Blocks.
    static func bundle(extra: String?) throws(TransferError) -> [UInt8] {
        var text: [UInt8] = []
        // As OpenSSL has it, the variable stands for the system's file.
        if let named = ProcessStart.environment("SSL_CERT_FILE"), !named.isEmpty {
            text = try certificates(named, of: "SSL_CERT_FILE")
        } else if let found = usual.first(where: { Files.isAccessible($0, R_OK) }) {
            let system = try read(found)
            // An empty file is what a package that was not configured leaves.
            if CertificateFile.Trouble(system) == nil { text = system }
        }
        if let extra { text += [UInt8(ascii: "\n")] + (try certificates(extra, of: "ca_file")) }
        return text
    }

    private static func certificates(_ path: String, of setting: String) throws(TransferError) -> [UInt8] {
        let content = try read(path)
        if let trouble = CertificateFile.Trouble(content) {
            throw .badCertificates(CertificateFile(path: path, setting: setting, trouble: trouble))
        }
        return content
    }

    private static func read(_ path: String) throws(TransferError) -> [UInt8] {
        do throws(SystemCallError) { return try Files.read(path) } catch { throw .disk(error) }
    }
}
