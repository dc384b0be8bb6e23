internal import Glibc
import Platform

/// The certificate authorities to trust: the system's, and one file more.
///
/// None is compiled in.
enum Authorities {
    /// Where the distributions keep their bundle.
    static let usual = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]

    /// The bundle's text, with the extra file's behind it.
    ///
    /// Blocks.
    static func bundle(extra: String?) throws(TransferError) -> [UInt8] {
        let paths = [getenv("SSL_CERT_FILE").map { String(cString: $0) }].compactMap { $0 } + usual
        do throws(SystemCallError) {
            var text: [UInt8] = []
            if let found = paths.first(where: { Files.isAccessible($0, R_OK) }) { text = try Files.read(found) }
            if let extra { text += [UInt8(ascii: "\n")] + (try Files.read(extra)) }
            return text
        } catch {
            throw .disk(error)
        }
    }
}
