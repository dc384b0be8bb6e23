import Digests
import Platform
import Trust

/// `host-bootstrap trust`: whom this host trusts to sign configs; and the settings of the commands that read one.
enum HostTrust {
    /// The keys that a command line gives, or else the environment, beside those that are remembered.
    static func of(_ options: CommandLineOptions) async throws(UsageError) -> ConfigTrust {
        let given = if let keys = try given(options) { keys } else { try ofEnvironment() }
        return ConfigTrust(given, await store(), remembers: [.apply, .rollback].contains(options.command))
    }

    static func run(_ options: CommandLineOptions) async -> ExitCode {
        let store = await store()
        do throws(TrustError) {
            if options.has("--forget") {
                let was = try await onOwnThread { () throws(TrustError) in try store.forget() }
                return Output.print(
                    was
                        ? "forgotten: configs are taken unsigned again, until a key is given\n"
                        : "no key was ever given\n")
            }
            let record = try await onOwnThread { () throws(TrustError) in try store.read() }
            if options.has("--json") { return Output.json(record) }
            return Output.print(record.map { text($0, store) } ?? "no key was ever given: configs are taken unsigned\n")
        } catch {
            Output.explain(error.explanation)
            return error.isIntegrity ? .integrity : .failed
        }
    }

    private static func text(_ record: TrustRecord, _ store: TrustStore) -> String {
        let keys = record.keys.keys.map { "  \($0.text)  (\($0.id))" }
        let first = "a config must be signed by \(record.keys.threshold) of these keys, as \(store.path) says:"
        let last = record.last.map { last in
            "the config taken last: of \(last.host), serial \(last.serial == 0 ? "none" : "\(last.serial)"), sha256:\(last.sha256)"
        }
        return ([first] + keys + ["given first on \(record.since.rfc3339)"] + [last].compactMap(\.self)).joined(
            separator: "\n") + "\n"
    }

    /// By the user database and not by HOME: whom to trust is not for whoever sets a variable to forget.
    private static func store() async -> TrustStore {
        let account = (try? await Account.lookUp("\(Account.currentUser)")) ?? nil
        return TrustStore(home: account?.home ?? ProcessStart.environment("HOME") ?? "/")
    }

    private static func given(_ options: CommandLineOptions) throws(UsageError) -> TrustedKeys? {
        var keys: [Minisign.PublicKey] = []
        for text in options.all("--config-key") {
            guard let key = Minisign.PublicKey(text) else {
                throw .badValue("--config-key", text, expected: "a public key, the line that minisign prints")
            }
            keys.append(key)
        }
        let threshold = options.last("--config-threshold") ?? "1"
        guard !keys.isEmpty || threshold == "1" else { throw .missingOption("--config-key", options.command) }
        if keys.isEmpty { return nil }
        guard let number = Int(threshold), let trusted = TrustedKeys(keys, threshold: number) else {
            throw .badValue("--config-threshold", threshold, expected: "a number from 1 to that of the different keys")
        }
        return trusted
    }

    private static func ofEnvironment() throws(UsageError) -> TrustedKeys? {
        let name = "BOOTSTRAP_CONFIG_KEYS"
        guard let words = ProcessStart.environment(name), !words.isEmpty else { return nil }
        guard let trusted = TrustedKeys(words: words) else {
            throw .badValue(
                name, words,
                expected: "public keys as minisign prints them, with blanks between, and first how many of "
                    + "them must have signed, if more than one")
        }
        return trusted
    }
}
