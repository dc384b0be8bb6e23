import Bundles
public import Engine
import HostConfig
public import Platform
public import Privileged
import Systemd

/// Takes away what the receipt says is this host's, in the reverse order of need, and goes on past failures.
public struct Uninstallation: Sendable {
    /// What the command line asks for.
    public struct Options: Sendable {
        /// Only say what would be done.
        public var isDry = false
        /// The packages go too that were not there before.
        public var takesPackages = false
        /// Sets of data and the image go too.
        public var purgesData = false

        /// Makes options that leave data and packages where they are.
        public init() {}
    }

    /// What became of one thing.
    public struct Line: Sendable, Encodable, Equatable {
        /// How it ended.
        public enum Fate: String, Sendable, Encodable {
            /// It is gone, or would be.
            case removed
            /// It stays, and that is right.
            case kept
            /// It should be gone.
            case failed
        }

        /// The kind of thing, and its name.
        public let kind: String, name: String
        /// How it ended.
        public let fate: Fate
        /// Why it stays; nil when it does not.
        public let why: String?
        /// How to take it away all the same.
        public let hint: String?
    }

    private let receipt: Receipt
    private let layout: HostLayout
    private let options: Options
    private let remover: Remover
    private let account: Account
    private let others: OtherRoots

    /// Takes a receipt, where it lies, and the user whose host it is.
    ///
    /// Blocks.
    public init(
        _ receipt: Receipt, _ layout: HostLayout, _ options: Options, helper: PrivilegedHelper, account: Account
    ) {
        self.receipt = receipt
        self.layout = layout
        self.options = options
        self.account = account
        others = OtherRoots.look(besides: layout, home: account.home)
        // The units are gone by the time that anything is unmounted.
        remover = Remover(
            helper: helper, store: BundleStore(root: layout.bundles), user: account.name, services: [])
    }

    /// Does it; `tell` gets each line as soon as it is known.
    ///
    /// What is left stands in the receipt, which goes last, and only when nothing of the host's own is left.
    public func run(_ tell: @escaping @Sendable (Line) -> Void) async -> [Line] {
        var lines: [Line] = []
        var going: Set<String> = []
        func add(_ line: Line) {
            lines.append(line)
            if line.fate == .removed { going.insert(line.name) }
            tell(line)
        }
        if !options.isDry { for line in await cleanUp() { add(line) } }
        await discard(layout.doneMarker).map(add)
        var left: [OwnedThing] = []
        let things = Orphans(all: receipt).things
        let packages = things.filter { $0.kind == .package }
        for thing in things where thing.kind != .folder {
            if thing.kind == .package, thing != packages.first { continue }
            for (thing, line) in thing.kind == .package ? await remove(packages) : await remove(thing) {
                let isOurs = thing.before == nil && thing.kind != .disk && others.owner(of: thing) == nil
                if line.fate != .removed, isOurs { left.append(thing) }
                add(line)
            }
        }
        if !options.isDry { await restart(without: things.filter { going.contains($0.name) }).map(add) }
        for path in Self.ownFiles(layout) { await discard(path).map(add) }
        // The receipt goes last: while it is there, another try knows what there is to do.
        let folders = things.filter { $0.kind == .folder }
        let innermost = folders.filter { !layout.receipt.hasFirstBytes("\($0.name)/") }
        for thing in innermost {
            guard let line = await removeFolder(thing, going) else { continue }
            if line.fate != .removed { left.append(thing) }
            add(line)
        }
        if left.contains(where: { $0.kind != .folder }) || lines.contains(where: { $0.fate == .failed }) {
            if !options.isDry { await keep(left + folders.filter { !innermost.contains($0) }) }
        } else {
            for path in [layout.receipt, layout.lock] { await discard(path).map(add) }
            for thing in folders where !innermost.contains(thing) { await removeFolder(thing, going).map(add) }
        }
        await remover.helper.close()
        return lines
    }

    // MARK: Things

    private func remove(_ thing: OwnedThing) async -> [(OwnedThing, Line)] {
        if let root = others.owner(of: thing) {
            return [
                (
                    thing,
                    line(
                        thing, .kept, "it belongs to \(root)",
                        "host-bootstrap uninstall --root \(ShellWord.plain(root))")
                )
            ]
        }
        do throws(StepFailure) {
            switch try await onDisk({ () throws(SystemCallError) in try OwnedState.of(thing) }) {
            // A unit without its file may still run.
            case .gone where thing.kind != .unit: return []
            case .changed(let why):
                return [(thing, line(thing, .kept, "it \(why)", "look at it, and remove it by hand"))]
            case .kept(let why):
                let hint = Self.hint(thing)
                return [(thing, line(thing, .kept, "it \(why)", hint))]
            case .gone, .ours: break
            }
            if [.image, .data].contains(thing.kind), !options.purgesData {
                return [(thing, line(thing, .kept, "it holds data", "--purge-data takes it away"))]
            }
            if !options.isDry { try await remover.remove(thing) }
            return [(thing, line(thing, .removed))]
        } catch {
            return [(thing, failed(thing, error))]
        }
    }

    private static func hint(_ kept: OwnedThing) -> String? {
        switch kept.kind {
        case .absence: "sudo apt-get install \(kept.name)"
        case .disk: "if nothing on it is needed: sudo wipefs --all \"$(blkid -U \(kept.content ?? ""))\""
        default: nil
        }
    }

    /// What runs on is to run as it did before it had our drop-ins.
    private func restart(without removed: [OwnedThing]) async -> Line? {
        do throws(StepFailure) { try await remover.restart(without: removed, besides: []) } catch {
            return removed.first { DropInFile(owned: $0.name) != nil }.map { failed($0, error) }
        }
        return nil
    }

    private func remove(_ packages: [OwnedThing]) async -> [(OwnedThing, Line)] {
        let here = packages.filter { others.owner(of: $0) == nil && (try? OwnedState.isGone($0)) == false }
        let ours = here.filter { $0.before == nil }
        if ours.isEmpty { return [] }
        guard options.takesPackages else {
            return ours.map { ($0, line($0, .kept, "packages are kept", "--packages takes it away")) }
        }
        do throws(StepFailure) {
            if !options.isDry { try await remover.purge(ours.map(\.name)) { _ in } }
            return ours.map { ($0, line($0, .removed)) }
        } catch {
            return ours.map { ($0, failed($0, error)) }
        }
    }

    private func removeFolder(_ thing: OwnedThing, _ going: Set<String>) async -> Line? {
        if thing.before != nil || others.owner(of: thing) != nil { return nil }
        let path = thing.name
        do throws(StepFailure) {
            let names = try await onDisk { () throws(SystemCallError) -> [String]? in
                try FileStatus.of(path) == nil ? nil : try Folders.names(in: path)
            }
            guard let names else { return nil }
            let others = names.filter { !going.contains("\(path)/\($0)") }
            guard others.isEmpty else {
                return line(thing, .kept, "it holds \(others.joined(separator: ", "))", nil)
            }
            if !options.isDry { try await remover.remove(thing) }
            return line(thing, .removed)
        } catch {
            return failed(thing, error)
        }
    }

    private func line(
        _ thing: OwnedThing, _ fate: Line.Fate, _ why: String? = nil, _ hint: String? = nil
    ) -> Line {
        Line(kind: thing.kind.rawValue, name: thing.name, fate: fate, why: why, hint: hint)
    }

    private func failed(_ thing: OwnedThing, _ failure: StepFailure) -> Line {
        line(thing, .failed, failure.explanation.summary, failure.explanation.hint)
    }

    // MARK: The agent's own

    /// What the agent and the stub keep for themselves.
    private static func ownFiles(_ layout: HostLayout) -> [String] {
        [
            layout.log, layout.downloads, layout.spool, layout.records, layout.pull, WorkPlaces.path(layout),
            "\(layout.bootstrap)/bootstrap.log", "\(layout.bootstrap)/bootstrap-config.json",
        ] + AgentPlace(layout).ofUpdates + [AgentPlace(layout).program]
    }

    /// What killed runs left, and killed tries of this, would keep folders from going.
    private func cleanUp() async -> [Line] {
        let (layout, receipt, home) = (layout, receipt, account.home)
        return await onOwnThread { () throws(Never) in Leftovers.removeAll(layout, receipt, home: home) }.map {
            trouble in
            let words = trouble.explanation
            return Line(
                kind: OwnedThing.Kind.folder.rawValue, name: words.place ?? layout.root, fate: .failed,
                why: "what killed runs left is not cleaned up: \(words.problem)", hint: words.hint)
        }
    }

    /// Nil when there is nothing.
    private func discard(_ path: String) async -> Line? {
        let (thing, isDry) = (OwnedThing(.file, path), options.isDry)
        do throws(StepFailure) {
            let isThere = try await onDisk { () throws(SystemCallError) in
                guard try FileStatus.of(path) != nil else { return false }
                if !isDry { try Folders.removeTree(path) }
                return true
            }
            return isThere ? line(thing, .removed) : nil
        } catch {
            return failed(thing, error)
        }
    }

    /// Writes a receipt of what is left.
    private func keep(_ left: [OwnedThing]) async {
        var receipt = receipt
        for (name, entry) in receipt.steps {
            receipt.steps[name]?.owned = (entry.owned ?? Orphans.older(name, entry)).filter(left.contains)
            receipt.steps[name]?.status = .stopped
            if receipt.steps[name]?.owned?.isEmpty == true { receipt.steps[name] = nil }
        }
        receipt.status = .stopped
        let store = ReceiptStore(path: layout.receipt, run: receipt, previous: receipt)
        try? await store.record { $0.finishedAt = .now() }
    }
}
