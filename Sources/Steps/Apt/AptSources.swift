import Bundles
import Digests
import Engine
import HostConfig
import Platform
import Privileged
import Synchronization
import Transfer

/// The config's own sources of packages, each with the key that vouches for it; in place before any package is asked for.
struct AptSources: Step {
    private static let name: StepID = "apt-sources"
    let id = Self.name
    let phase = Phase.install
    let needs: Set<StepID>
    private let host: Host
    private let sources: [AptSourceSettings]
    private let apt: AptCommands
    private let keys = FetchedKeys()

    /// The step that a host's sources come by, for who needs packages from them; nil when there are none.
    static func id(_ host: Host) -> StepID? { host.configuration.apt.sources.isEmpty ? nil : name }

    /// `removal` is the step that takes an older source away, if there is one: apt takes no place with two keys.
    init(_ host: Host, after removal: StepID? = nil) {
        self.host = host
        sources = host.configuration.apt.sources
        apt = AptCommands(helper: host.helper, settings: host.configuration.apt)
        needs = Set(["layout", removal].compactMap(\.self))
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await looked(context).map(\.difference)
    }

    /// A key that must be fetched is told with its size.
    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        var found: [Difference] = []
        for (settings, difference) in try await looked(context) {
            guard case .fetched(let url, _) = settings.key, try await known(settings, context) == nil else {
                found.append(difference)
                continue
            }
            let fetched = await host.previewed(difference, try address(url))
            let detail = [difference.detail, fetched.detail].compactMap(\.self).joined(separator: "\n")
            found.append(
                Difference(difference.what, found: difference.found, wanted: difference.wanted, detail: detail))
        }
        return found
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let differing = Set(differences.map(\.what))
        for settings in sources where differing.contains(settings.source.path) {
            try await put(AptSourceFile(settings.source, key: try await key(settings)), settings.source, context)
        }
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        var things: [OwnedThing] = []
        for settings in sources { things.append(try await file(settings, context).owned) }
        return try await Ownership.look(things, context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        thing.kind == .file && sources.contains { $0.source.path == thing.name }
    }

    // MARK: Looking

    private func looked(
        _ context: StepContext
    ) async throws(StepFailure) -> [(settings: AptSourceSettings, difference: Difference)] {
        var found: [(AptSourceSettings, Difference)] = []
        for settings in sources {
            let known = try await known(settings, context)
            // Without the key, all but that is compared.
            let content = known ?? Array(Self.head(settings).utf8)
            let file = Self.file(settings, content)
            let mask = { @Sendable (text: String) in known == nil ? AptSourceFile.withoutKey(text) : text }
            let difference = try await onDisk { () throws(SystemCallError) in try file.detailedDifference(mask: mask) }
            if let difference { found.append((settings, difference)) }
        }
        return found
    }

    /// What the file must hold, as far as that is known without a transfer; nil when the key is still to come.
    private func known(_ settings: AptSourceSettings, _ context: StepContext) async throws(StepFailure) -> [UInt8]? {
        let path = settings.source.path
        if let key = keys.key(of: settings) { return AptSourceFile(settings.source, key: key).content }
        let now = try await onDisk { () throws(SystemCallError) in try Files.readIfPresent(path) }
        // Its head says which key was put in, and the receipt that nothing in it was changed since.
        guard let now, now.starts(with: Self.head(settings).utf8), isWritten(path, now, context) else { return nil }
        return now
    }

    private func isWritten(_ path: String, _ content: [UInt8], _ context: StepContext) -> Bool {
        // A plan is made without the receipt's entry at hand.
        let owned = context.owned ?? host.past?.steps[id.name]?.owned ?? []
        let digest = Digest.of(content).hex
        return owned.contains { $0.kind == .file && $0.name == path && $0.former == nil && $0.content == digest }
    }

    private static func head(_ settings: AptSourceSettings) -> String {
        switch settings.key {
        case .given(let key): AptSourceFile.head(of: settings.source, keyDigest: Digest.of(key))
        case .fetched(_, let digest): AptSourceFile.head(of: settings.source, keyDigest: digest)
        }
    }

    private static func file(_ settings: AptSourceSettings, _ content: [UInt8]) -> WantedFile {
        WantedFile(path: settings.source.path, content: content, mode: 0o644, owner: 0)
    }

    private func file(_ settings: AptSourceSettings, _ context: StepContext) async throws(StepFailure) -> WantedFile {
        if let known = try await known(settings, context) { return Self.file(settings, known) }
        let file = AptSourceFile(settings.source, key: try await key(settings))
        return Self.file(settings, file.content ?? [])
    }

    // MARK: Keys

    /// The key's bytes, fetched once a run, held to its digest, and looked at before root is asked to write it.
    private func key(_ settings: AptSourceSettings) async throws(StepFailure) -> [UInt8] {
        if let key = keys.key(of: settings) { return key }
        guard case .fetched(let url, let digest) = settings.key else { return [] }
        let source = try address(url)
        let key = try await asBundle { () throws(BundleError) in
            do throws(TransferError) {
                return try await host.downloader.bytes(source, limit: OpenPGPKey.sizeLimit)
            } catch {
                throw .transfer(error)
            }
        }
        guard Digest.of(key) == digest else {
            throw StepFailure(
                .mismatch(url: source.description, wanted: digest, found: Digest.of(key), resumed: false))
        }
        guard OpenPGPKey(key) != nil else {
            throw StepFailure(
                .integrity,
                Explanation(
                    "what is there is no public key of OpenPGP's", at: source.description,
                    hint: "is it the key's own address, and not that of a page about it?"))
        }
        keys.keep(key, of: settings)
        return key
    }

    private func address(_ url: WebAddress) throws(StepFailure) -> SourceURL {
        do throws(TransferError) { return try SourceURL(url.text) } catch { throw StepFailure(error) }
    }

    // MARK: Acting

    private func put(
        _ file: AptSourceFile, _ source: AptSource, _ context: StepContext
    ) async throws(StepFailure) {
        var attempts = AptAttempts(apt, hasRepaired: true)
        context.progress("adding the source \(source.name), and fetching its lists")
        while true {
            let result = try await apt.put(file, context)
            if result.succeeded { return }
            let failure = AptFailure(result)
            _ = try await attempts.recover(from: failure, context) {
                let words = failure.explanation(result, of: "apt-get update", at: source.path)
                return Explanation(
                    "\(words.problem); the source was taken back", at: words.place, hint: words.hint)
            }
        }
    }
}

/// The keys that were fetched in this run, and those that stand in the config.
private final class FetchedKeys: Sendable {
    private let fetched = Mutex<[String: [UInt8]]>([:])

    func key(of settings: AptSourceSettings) -> [UInt8]? {
        if case .given(let key) = settings.key { return key }
        return fetched.withLock { $0[settings.source.name] }
    }

    func keep(_ key: [UInt8], of settings: AptSourceSettings) {
        fetched.withLock { $0[settings.source.name] = key }
    }
}
