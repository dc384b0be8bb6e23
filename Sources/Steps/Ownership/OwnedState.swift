import Bundles
import Engine
internal import Glibc
import Platform
import Systemd

/// How a thing that is owned lies on the host now.
enum OwnedState: Equatable, Sendable {
    /// It is not there.
    case gone
    /// It is as it was made; in a word, what is there.
    case ours(String)
    /// It is not as it was made; in words, in what.
    case changed(String)
    /// It is nobody's to take away: in words, why.
    case kept(String)

    /// Nothing is in the thing's place; asked cheaply, without a look into it.
    ///
    /// Blocks.
    static func isGone(_ thing: OwnedThing) throws(SystemCallError) -> Bool {
        if thing.kind == .mask { return try !AdministratorFiles.isMask(UnitPlace.path(thing.name)) }
        if thing.kind == .setting { return try setting(thing) == .gone }
        if thing.kind == .account { return try AccountFacet(thing.name)?.isThere() != true }
        if thing.kind == .absence { return try absence(thing) == .gone }
        if thing.kind == .disk { return try disk(thing) == .gone }
        if thing.kind == .bundle, thing.content != nil { return try Folders.names(in: thing.name).isEmpty }
        guard let path = place(of: thing) else {
            return try DpkgStatus.current().difference(thing.name) == "absent"
        }
        // A tree's record goes last.
        return try FileStatus.of(path) == nil
            && (thing.kind != .tree || thing.content.flatMap(InstallRecord.read) == nil)
    }

    /// Looks.
    ///
    /// Blocks.
    static func of(_ thing: OwnedThing) throws(SystemCallError) -> OwnedState { try look(asItLies(thing)) }

    /// The thing with that one of its contents which lies there; with its latest when none does.
    ///
    /// Blocks.
    static func asItLies(_ thing: OwnedThing) throws(SystemCallError) -> OwnedThing {
        guard let former = thing.former, case .changed = try look(thing) else { return thing }
        for content in former {
            var older = thing
            older.content = content
            if case .ours = try look(older) { return older }
        }
        return thing
    }

    private static func look(_ thing: OwnedThing) throws(SystemCallError) -> OwnedState {
        var isThere = try place(of: thing).map { (path) throws(SystemCallError) in try FileStatus.of(path) != nil }
        if thing.kind == .account { isThere = try AccountFacet(thing.name)?.isThere() }
        if let before = thing.before, ![.folder, .absence].contains(thing.kind), isThere != false {
            return .kept("was there before this host was provisioned (\(before))")
        }
        switch thing.kind {
        case .file: return try file(thing.name, thing.content, "a file")
        // A mask in the file's place is told as one.
        case .unit where try AdministratorFiles.isMask(UnitPlace.path(thing.name)): return .gone
        case .unit: return try file(UnitPlace.path(thing.name), thing.content, "a unit file")
        case .mask: return try AdministratorFiles.isMask(UnitPlace.path(thing.name)) ? .ours("masked") : .gone
        case .link: return try link(thing)
        case .folder:
            guard isThere == true, thing.before == nil else { return .gone }
            return .ours("a folder")
        case .tree: return try tree(thing.name, record: thing.content)
        case .bundle: return try bundle(thing)
        case .setting: return try setting(thing)
        case .image: return isThere == true ? .ours("an image") : .gone
        case .account: return isThere == true ? .ours("there") : .gone
        case .swap: return isThere == true ? .ours("a swap file") : .gone
        case .data: return isThere == true ? .ours("data") : .gone
        case .disk: return try disk(thing)
        case .package:
            return try DpkgStatus.current().difference(thing.name) == "absent" ? .gone : .ours("installed")
        case .absence: return try absence(thing)
        }
    }

    /// There is nothing to tell of a package that is there again, or that an earlier config had brought.
    private static func absence(_ thing: OwnedThing) throws(SystemCallError) -> OwnedState {
        guard let before = thing.before, try DpkgStatus.current().version(thing.name) == nil else { return .gone }
        return .kept("was removed (\(before) was there), and does not come back by itself")
    }

    /// The path that tells whether it is there; nil for what is no file.
    private static func place(of thing: OwnedThing) -> String? {
        switch thing.kind {
        case .unit, .mask: UnitPlace.path(thing.name)
        case .package, .setting, .account, .absence, .disk: nil
        default: thing.name
        }
    }

    private static func file(_ path: String, _ digest: String?, _ words: String) throws(SystemCallError) -> OwnedState {
        guard let status = try FileStatus.of(path) else { return .gone }
        guard let digest else { return .changed("what it held when it was written is not known") }
        // Of a secret of root's only root can tell, who looks before it is taken away.
        if status.kind == .file, FilePlace(of: path) != nil, try OwnedFile.isClosed(path) { return .ours(words) }
        guard status.kind == .file, try OwnedFile.digest(path) == digest else { return .changed("was changed since") }
        return .ours(words)
    }

    private static func link(_ thing: OwnedThing) throws(SystemCallError) -> OwnedState {
        guard try FileStatus.of(thing.name) != nil else { return .gone }
        return try Files.linkTarget(thing.name) == thing.content ? .ours("a link") : .changed("leads elsewhere since")
    }

    /// Its data is nobody's to take away; without udev nobody but root could tell that it is gone.
    private static func disk(_ thing: OwnedThing) throws(SystemCallError) -> OwnedState {
        guard let uuid = thing.content else { return .gone }
        if try UdevRecord.isKept(), try FileStatus.of("/dev/disk/by-uuid/\(uuid)") == nil { return .gone }
        return .kept("holds data under the UUID \(uuid), and a disk is never erased")
    }

    private static func setting(_ thing: OwnedThing) throws(SystemCallError) -> OwnedState {
        guard let now = try thing.settingNow(), now != thing.settingBefore else { return .gone }
        return now == thing.settingValue ? .ours(now) : .changed("is \(now) since")
    }

    private static func tree(_ folder: String, record path: String?) throws(SystemCallError) -> OwnedState {
        let record = path.flatMap(InstallRecord.read)
        guard try FileStatus.of(folder) != nil else { return record == nil ? .gone : .ours("half removed") }
        if path.flatMap(InstallRecord.readDeparting) != nil { return .ours("half removed") }
        guard let record else { return .changed("its install record is gone") }
        let change = try isShared(folder, record) ? record.drift(in: folder) : record.change(in: folder)
        return change.map { .changed("was changed since: \($0)") } ?? .ours("installed")
    }

    /// Others use the folder, too, as nvm's own files lie beside the versions of Node.
    static func isShared(_ folder: String, _ record: InstallRecord) -> Bool {
        !Files.name(of: folder).hasSuffix(record.version)
    }

    private static func bundle(_ thing: OwnedThing) throws(SystemCallError) -> OwnedState {
        if try isGone(thing) { return .gone }
        let folder = thing.name, name = Files.name(of: folder), store = BundleStore(holding: folder)
        let versions = try store.versions(name, archive: nil)
        for record in versions {
            if let change = try record.change(in: store.folder(name, record.version)) {
                return .changed("version \(record.version) was changed since: \(change)")
            }
        }
        let known = Set(versions.map(\.version) + ["current", ".records"])
        if let other = try Folders.names(in: folder).first(where: { !known.contains($0) }) {
            return .changed("\(other) was added")
        }
        return .ours(versions.isEmpty ? "a bundle" : versions.map(\.version).sorted().joined(separator: ", "))
    }
}
