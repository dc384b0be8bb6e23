import Glibc
import Platform
import Testing

@testable import Transfer

@Suite(.enabled(if: Files.isAccessible(FakeAuthority.openssl, X_OK), "needs openssl to sign"))
struct AuthoritiesTests {
    @Test(arguments: [
        ("x509 -in $0 -outform der -out $1", CertificateFile.Trouble.der), (": >$1", .empty), ("echo >$1", .empty),
        ("printf '\\357\\273\\277' >$1; cat $0 >>$1", .byteOrderMark), ("iconv -t utf-16 $0 >$1", .utf16),
        ("openssl pkey -in $2/authority.key >$1", .noCertificate), ("echo hello >$1", .noCertificate),
    ])
    func `a file that is no certificate in PEM is named for what it is, with the cure`(
        script: String, trouble: CertificateFile.Trouble
    ) async throws {
        try await FakeAuthority.with { authority async throws in
            let path = "\(authority.folder)/ca"
            let command = script.hasPrefix("x509") ? "openssl \(script)" : script
            let made = try await Subprocess.run(
                Command("/bin/sh", ["-c", command, authority.file, path, authority.folder]))
            try #require(made.succeeded, "\(made.errors)")
            let error = TransferError.badCertificates(CertificateFile(path: path, setting: "ca_file", trouble: trouble))
            #expect(throws: error) { try Authorities.check(extra: path) }
            let url = try SourceURL("https://127.0.0.1:1/x")
            await #expect(throws: error) {
                try await Downloader(tls: TLSSettings(extraAuthorities: path)).fetch(url, to: "\(authority.folder)/f")
            }
            if trouble == .der || trouble == .byteOrderMark || trouble == .utf16 {
                try await expectCured(path, error.explanation.hint)
            }
        }
    }

    /// The hint's own command makes a file that is taken.
    private func expectCured(_ path: String, _ hint: String) async throws {
        let starts = ["openssl", "sed", "iconv"].compactMap { hint.firstRange(of: $0)?.lowerBound }
        let start = try #require(starts.first)
        let command = hint[start...].split(separator: ", and name").first.map(String.init) ?? ""
        let cured = try await Subprocess.run(Command("/bin/sh", ["-c", command]))
        try #require(cured.succeeded, "\(command): \(cured.errors)")
        try Authorities.check(extra: command.contains(".pem") ? "\(path).pem" : path)
    }

    @Test(.enabled(if: geteuid() == 0, "needs root to hide this host's authorities"))
    func `a host without authorities says so before it asks anybody`() async throws {
        try await FakeAuthority.with { authority async throws in
            let program = "\(Files.folder(of: try ProcessStart.executable()))/host-bootstrap"
            let script = """
                for folder in /etc/ssl /etc/pki; do [ ! -d $folder ] || mount -t tmpfs none $folder || exit 9; done
                "$0" bundle install https://127.0.0.1:1/x.tar.gz --into \(authority.folder)/into --no-verify "$@"
                """
            func run(_ options: [String]) async throws -> CommandResult {
                try await Subprocess.run(
                    Command("/usr/bin/unshare", ["-m", "/bin/sh", "-c", script, program] + options),
                    timeout: .seconds(300))
            }
            let bare = try await run([])
            #expect(bare.exitCode == 1)
            #expect(bare.errors.contains("no certificate authorities"), "\(bare.errors)")
            #expect(bare.errors.contains("apt-get install ca-certificates") && !bare.errors.contains("retrying"))
            let own = try await run(["--ca-file", authority.file])
            #expect(own.errors.contains("nothing answers there"), "\(own.errors)")
        }
    }
}
