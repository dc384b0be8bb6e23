internal import Synchronization

/// Every secret that this process has read, so that no output shows one, wherever it came from: a command's words, a
/// service's journal, a server's answer.
public enum RevealedSecrets {
    private static let known = Mutex<Set<String>>([])

    /// What is shorter would be found in words that are none.
    private static let shortest = 6

    /// Remembers a secret, each of its lines for itself.
    public static func remember(_ secret: String) {
        let lines = secret.byteLines.map(String.init).filter { $0.utf8.count >= shortest }
        if !lines.isEmpty { known.withLock { $0.formUnion(lines) } }
    }

    /// The text with every secret in it replaced, and what any address in it may hold besides.
    public static func hidden(in text: String) -> String {
        // The longest first: one may be a part of another.
        let secrets = known.withLock { $0 }.sorted { $0.utf8.count > $1.utf8.count }
        let plain = secrets.reduce(text) { $0.replacingBytes($1, with: "‹secret›") }
        return AddressSecrets.hidden(in: plain)
    }
}
