import Bundles
import Digests
import Engine
internal import Glibc
import Platform

/// A secret that is made when it is missing, and never over anything that is there: nobody could make it again.
struct RequiredSecret: PlacedRequirement {
    let placement: Placement
    let kind: BundleRequirements.Generate.Kind
    /// Where the public key or the certificate lies, if there is one; 0644.
    let companion: String?
    let host: Host

    /// Keys are small; what is larger is none.
    private static let largest = 1 << 20

    var ownedThings: [OwnedThing] {
        ([path] + [companion].compactMap(\.self)).map { .init(.data, $0, content: Self.mark) }
    }

    /// What becomes of what is there.
    private enum Finding {
        /// This is missing, or over, and is made of the key that is there.
        case derives(Difference)
        /// This is no such thing, and is not ours to replace.
        case unsound(Explanation)
    }

    func difference(_ context: StepContext) async throws(StepFailure) -> Difference? {
        if let difference = try await misplacement() { return difference }
        return switch try await look() {
        case nil: nil
        case .derives(let difference): difference
        case .unsound(let reason): Difference(path, found: reason.problem, wanted: words)
        }
    }

    func preview(_ context: StepContext) async throws(StepFailure) -> Difference? {
        guard let difference = try await difference(context), difference.found == "absent" else {
            return try await difference(context)
        }
        return Difference(path, found: difference.found, wanted: difference.wanted, detail: "make \(words)")
    }

    func meet(_ context: StepContext) async throws(StepFailure) {
        try await refuseObstacle()
        let path = path
        if try await onDisk({ () throws(SystemCallError) in try FileStatus.of(path) }) == nil {
            try await refuseLeftCompanion()
            let content = try await made("the library has no random bytes") { kind.made() }
            try await create(path, content, mode: placement.mode)
        } else if try await misplacement() != nil {
            let mode = placement.mode
            try await onDisk { () throws(SystemCallError) in try Files.setMode(path, mode) }
        }
        switch try await look() {
        case nil: return
        case .unsound(let reason): throw StepFailure(.integrity, reason)
        case .derives: try await derive()
        }
    }

    // MARK: The key

    private var words: String {
        switch kind {
        case .random(let bytes, let encoding): "\(bytes) random bytes in \(encoding.rawValue)"
        case .keyPair(let algorithm, _): "a key pair (\(algorithm.rawValue))"
        case .certificate(let algorithm, _, let names, let days):
            "a self-signed certificate (\(algorithm.rawValue)) for \(names.joined(separator: ", ")), for \(days) days"
        }
    }

    private func look() async throws(StepFailure) -> Finding? {
        let (kind, path, companion, user) = (kind, path, companion ?? "", placement.user)
        let isThere = companion.isEmpty ? nil : Placement(path: companion, kind: .file, mode: 0o644, user: user)
        return try await onDisk { () throws(SystemCallError) in
            if let obstacle = try isThere?.obstacle() { return .unsound(obstacle) }
            let key = try Files.readIfPresent(path, limit: Self.largest) ?? []
            let other = companion.isEmpty ? nil : try Files.readIfPresent(companion, limit: Self.largest)
            return Self.look(kind, key: key, at: path, companion: other, at: companion)
        }
    }

    private static func look(
        _ kind: BundleRequirements.Generate.Kind, key: [UInt8], at path: String, companion: [UInt8]?, at place: String
    ) -> Finding? {
        let way = "put a backup in its place; or move it away, and a new one is made"
        switch kind {
        case .random(let bytes, let encoding):
            let text = String(decoding: key.last == UInt8(ascii: "\n") ? key.dropLast() : key[...], as: UTF8.self)
            if RandomText.count(text, encoding) == bytes { return nil }
            return .unsound(Explanation("is not \(bytes) bytes in \(encoding.rawValue)", at: path, hint: way))
        case .keyPair:
            guard let own = PrivateKey.read(pem: key) else {
                return .unsound(Explanation("is no private key in PEM", at: path, hint: way))
            }
            guard let companion else {
                return .derives(Difference(path, found: "no \(place)", wanted: "its public key"))
            }
            if own.isPrivate(ofPublicPEM: companion) { return nil }
            return .unsound(Explanation("is not the public key of \(path)", at: place, hint: Self.way(to: place)))
        case .certificate(_, _, let names, _):
            guard let own = PrivateKey.read(pem: key) else {
                return .unsound(Explanation("is no private key in PEM", at: path, hint: way))
            }
            guard let companion else {
                return .derives(Difference(path, found: "no \(place)", wanted: "its certificate"))
            }
            guard let certificate = Certificate.read(pem: companion) else {
                return .unsound(Explanation("is no certificate in PEM", at: place, hint: Self.way(to: place)))
            }
            guard certificate.isOf(own) else {
                return .unsound(Explanation("is no certificate of \(path)", at: place, hint: Self.way(to: place)))
            }
            let missing = names.filter { !certificate.names($0) }
            guard certificate.isOver || !missing.isEmpty else { return nil }
            let found = certificate.isOver ? "its time is over" : "does not name \(missing.joined(separator: ", "))"
            // One that an authority signed is not ours to replace.
            guard certificate.isSelfSigned(by: own) else {
                return .unsound(Explanation(found, at: place, hint: "renew it with who signed it, or move it away"))
            }
            return .derives(Difference(path, found: "of its certificate \(place), \(found)", wanted: "another one"))
        }
    }

    private static func way(to place: String) -> String { "move it away, and one is made of the key that is there" }

    /// Makes the public key or the certificate of the key that is there.
    private func derive() async throws(StepFailure) {
        guard let companion else { return }
        let (kind, path) = (kind, path)
        let content = try await onDisk { () throws(SystemCallError) in try Files.read(path, limit: Self.largest) }
        let derived = try await made("it cannot be made of the key that is there") { kind.derived(of: content) }
        try await host.makeFolder(Files.folder(of: companion), mode: 0o755)
        // Only a certificate that the same key signed is there now, if anything.
        try await onDisk { () throws(SystemCallError) in try Files.replace(companion, with: derived, mode: 0o644) }
    }

    /// Without its key, a public key or a certificate that others may know would be replaced by another one.
    private func refuseLeftCompanion() async throws(StepFailure) {
        guard let companion, try await onDisk({ () throws(SystemCallError) in try FileStatus.of(companion) }) != nil
        else {
            return
        }
        throw hopeless(
            "is missing, and \(companion), which was made of it, is there",
            hint: "put a backup of the key in its place; or move \(companion) away, and both are made anew")
    }

    private func create(_ path: String, _ content: [UInt8], mode: UInt32) async throws(StepFailure) {
        try await host.makeFolder(Files.folder(of: path), mode: 0o755)
        try await onDisk { () throws(SystemCallError) in try Files.create(path, with: content, mode: mode) }
    }

    private func made(
        _ problem: String, _ body: @escaping @Sendable () -> [UInt8]?
    ) async throws(StepFailure) -> [UInt8] {
        guard let content = await onOwnThread({ () throws(Never) in body() }) else {
            throw StepFailure(
                Explanation(problem, at: path, hint: "run again; if it goes on, look at the machine's memory"))
        }
        return content
    }
}

extension BundleRequirements.Generate.Kind {
    /// A new secret, as its file holds it.
    ///
    /// Blocks.
    fileprivate func made() -> [UInt8]? {
        switch self {
        case .random(let bytes, let encoding): RandomText.make(bytes: bytes, encoding).map { Array("\($0)\n".utf8) }
        case .keyPair(let algorithm, _), .certificate(let algorithm, _, _, _): PrivateKey.make(algorithm)?.pem
        }
    }

    /// What goes with a key, as its file holds it.
    ///
    /// Blocks.
    fileprivate func derived(of key: [UInt8]) -> [UInt8]? {
        guard let key = PrivateKey.read(pem: key) else { return nil }
        return switch self {
        case .random: nil
        case .keyPair: key.publicPEM
        case .certificate(_, _, let names, let days): Certificate.selfSigned(by: key, names: names, days: days)?.pem
        }
    }
}
