import Engine
import HostConfig
import Platform
import Systemd

/// What left the config leaves the host: only what the receipt says is ours, and as it was made.
///
/// Units with what belongs to them, masks and sources of packages go before the steps that may want their place; other files, trees and folders when all services run as the
/// config says, since until then they may be in use.
struct Removal: Step {
    static let early: StepID = "removal"
    static let late: StepID = "tidy-up"
    let id: StepID
    let phase: Phase
    let needs: Set<StepID>
    private let things: [OwnedThing]
    private let host: Host
    private let debs: AptDebs?

    /// Takes units with what belongs to them, masks and sources of packages away; nil when there are none to look at.
    init?(early orphans: Orphans, _ host: Host) {
        guard !orphans.early.isEmpty else { return nil }
        (id, phase, needs, things, self.host, debs) = (Self.early, .layout, [], orphans.early, host, nil)
    }

    /// Takes the rest away, after these steps; nil when there is nothing to look at.
    ///
    /// `debs` knows by then which packages the config's files bring: another version of one is no orphan.
    init?(late orphans: Orphans, after needs: Set<StepID>, _ host: Host, besides debs: AptDebs) {
        guard !orphans.late.isEmpty else { return nil }
        (id, phase, self.needs, things, self.host, self.debs) = (
            Self.late, .finish, needs, orphans.late, host, debs
        )
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let found = try await look(context)
        if let kept = Self.lacking(found.kept) { context.lacks(kept) }
        return found.going.map(\.difference)
    }

    /// A unit that is kept is not changed, and yet the host differs from the config.
    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let found = try await look(context)
        return found.going.map(\.difference)
            + found.kept.map { Difference($0.unit, found: "kept: \($0.why)", wanted: "not in the config") }
    }

    func verify(_ context: StepContext) async throws(StepFailure) -> [Difference] { try await preview(context) }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let remover = Remover(host)
        let going = try await look(context).going.map(\.thing)
        for thing in going where thing.kind != .package {
            context.progress("removing \(thing.name), which the config names no more")
            try await remover.remove(thing)
        }
        try await remover.restart(without: going, besides: Set(ServiceSpecification.all(host).map(\.unit)))
        let packages = going.filter { $0.kind == .package }.map(\.name)
        if !packages.isEmpty { try await remover.purge(packages) { context.progress($0) } }
    }

    // MARK: Looking

    private struct Found: Sendable {
        var going: [(thing: OwnedThing, difference: Difference)] = []
        var kept: [(unit: String, why: String)] = []
        var words: [String] = []
    }

    private func look(_ context: StepContext) async throws(StepFailure) -> Found {
        let host = host
        let things = things.filter { debs?.mayWant($0) != true }
        var found = try await onDisk { () throws(SystemCallError) in
            var found = Found()
            var use: VersionsInUse?
            for thing in things where ![.unit].contains(thing.kind) {
                try Self.sort(thing, host, &found, &use)
            }
            return found
        }
        for thing in things where thing.kind == .unit { try await Self.sort(unit: thing, host, &found) }
        for words in found.words { context.warn(words) }
        return found
    }

    /// What becomes of one thing.
    private static func sort(
        _ thing: OwnedThing, _ host: Host, _ found: inout Found, _ use: inout VersionsInUse?
    ) throws(SystemCallError) {
        if let root = host.others.owner(of: thing) {
            found.words.append("\(thing.name), which left the config, is kept: it belongs to \(root), too")
            return
        }
        let (name, what) = (thing.name, thing.kind == .mask ? UnitPlace.path(thing.name) : thing.name)
        switch try OwnedState.of(thing) {
        case .gone: return
        case .changed(let why): found.words.append("\(name), which left the config, is kept: it \(why); \(hint(thing))")
        case .kept(let why):
            let what = thing.kind == .disk ? "the disk \(name)" : name
            found.words.append("\(what), which left the config, is kept: it \(why)")
        case .ours(let state):
            switch thing.kind {
            case .image, .data:
                found.words.append("\(name) left the config and is kept: it holds data; \(hint(thing))")
            case .package where !host.configuration.apt.removesPackages:
                found.words.append("the package \(name) left the config and is kept; \(hint(thing))")
            case .folder where try !isEmpty(name, but: found): return
            case .setting:
                let before = thing.settingBefore ?? "as before"
                found.going.append((thing, Difference(what, found: state, wanted: before)))
            case .tree, .bundle:
                let looked: VersionsInUse
                if let use { looked = use } else { looked = try VersionsInUse() }
                use = looked
                guard looked.refer(to: name) else { fallthrough }
                found.words.append("\(name), which left the config, is kept: it is in use")
            default: found.going.append((thing, Difference(what, found: state, wanted: "removed")))
            }
        }
    }

    /// Nothing is in the folder but what goes before it.
    private static func isEmpty(_ folder: String, but found: Found) throws(SystemCallError) -> Bool {
        let going = Set(found.going.map(\.thing.name))
        return try Folders.names(in: folder).allSatisfy { going.contains("\(folder)/\($0)") }
    }

    private static func sort(unit thing: OwnedThing, _ host: Host, _ found: inout Found) async throws(StepFailure) {
        guard let place = UnitPlace(thing.name) else { return }
        let unit = place.unit
        if let root = host.others.owner(of: thing) {
            found.words.append("\(unit), which left the config, is kept: it belongs to \(root), too")
            return
        }
        let state = try await host.manager(place.scope).state(of: unit, withLinks: false)
        let isIdle = ["inactive", "failed"].contains(state.active)
        switch try await onDisk({ () throws(SystemCallError) in try OwnedState.of(thing) }) {
        case .gone where isIdle: return
        case .gone, .ours: found.going.append((thing, Difference(place.name, found: state.active, wanted: "removed")))
        case .changed(let why), .kept(let why): found.kept.append((place.name, "it \(why), and is \(state.active)"))
        }
    }

    // MARK: Words

    private static func hint(_ thing: OwnedThing) -> String {
        switch thing.kind {
        case .package:
            "set \"remove\": true in \"apt\" and run host-bootstrap apply --config FILE; or: sudo apt-get remove \(ShellWord.plain(thing.name))"
        case .image:
            "copy what is needed, unmount it (findmnt -t btrfs shows where), then: sudo rm \(ShellWord.plain(thing.name))"
        case .data: "copy what is needed, then: rm -r \(ShellWord.plain(thing.name))"
        default: "look at it, and remove it by hand"
        }
    }

    private static func lacking(_ kept: [(unit: String, why: String)]) -> Explanation? {
        guard let first = kept.first else { return nil }
        let place = UnitPlace(first.unit), unit = place?.unit.text ?? first.unit
        let isUsers = place.map { $0.scope != .system } ?? false
        let way =
            isUsers
            ? "systemctl --user disable --now \(ShellWord.plain(unit)) && rm"
            : "sudo systemctl disable --now \(ShellWord.plain(unit)) && sudo rm"
        let words = kept.map { "\($0.unit) left the config and is kept: \($0.why)" }
        return Explanation(
            words.joined(separator: "; "),
            hint:
                "\(way) \(ShellWord.plain(UnitPlace.path(first.unit))) takes it away; or name it in the config again")
    }
}

extension Remover {
    /// What a run on this host takes away by.
    init(_ host: Host) {
        let units = host.pastPossessions.filter { $0.kind == .unit }
        self.init(
            helper: host.helper, store: host.store, user: host.account.name,
            services: units.compactMap { try? UnitName($0.name) }.filter { $0.suffix == ".service" })
    }
}
