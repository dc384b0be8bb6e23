import Platform
import Testing

@testable import Hub

/// A certificate for 127.0.0.1 that is its own authority.
enum TestCertificate {
    /// Writes `cert.pem` and `key.pem`, and `other.pem`, a key that is not the certificate's.
    @discardableResult
    static func make(in folder: String) async throws -> TLSFiles {
        let line = """
            openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=hub \
            -addext subjectAltName=IP:127.0.0.1 2>/dev/null; openssl genrsa -out other.pem 2048 2>/dev/null
            """
        let made = try await Subprocess.run(Command("/bin/sh", ["-euc", line], workingDirectory: folder))
        try #require(made.succeeded, "\(made.errors)")
        return TLSFiles(certificate: "\(folder)/cert.pem", key: "\(folder)/key.pem")
    }
}
