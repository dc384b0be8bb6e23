import Bundles
import Digests
import Engine
internal import Glibc
import Platform
import Systemd

/// What was there before a step makes its things.
enum Ownership {
    /// The things with what is there now in place of those that the receipt does not know yet.
    ///
    /// What is there already, just as the step would make it, is taken for its own: a run that was killed, or whose receipt
    /// was lost, made it; so is what this user made beneath another root. Blocks.
    static func look(
        _ things: [OwnedThing], _ context: StepContext, _ others: OtherRoots
    ) async throws(StepFailure) -> [OwnedThing] {
        let new = things.filter { thing in !(context.owned ?? []).contains { thing.isSame(as: $0) } }
        let known = things.filter { thing in !new.contains(thing) }
        // Before ownership was written down, a step that ran had made what is its own, but for what may be anybody's.
        let isOlder = context.hasRunBefore && context.owned == nil
        return known
            + (try await onDisk { () throws(SystemCallError) in
                var looked: [OwnedThing] = []
                for var thing in new {
                    let mayBeAnybodys = [.folder, .package, .account].contains(thing.kind)
                    if !isOlder || mayBeAnybodys, others.owner(of: thing) == nil { thing.before = try state(of: thing) }
                    looked.append(thing)
                }
                return looked
            })
    }

    /// The folders that a path lies in, the outermost first, but for the system's own at the top.
    static func folders(above path: String) -> [String] {
        var folder = Files.folder(of: path)
        var found: [String] = []
        while folder.parts(at: "/").count > 2 {
            found.insert(folder, at: 0)
            folder = Files.folder(of: folder)
        }
        return found
    }

    /// What is there in a thing's place, in a word; nil when nothing is, or the thing itself.
    private static func state(of thing: OwnedThing) throws(SystemCallError) -> String? {
        switch thing.kind {
        case .file: try fileState(thing.name, thing.content)
        case .unit: try fileState(UnitPlace.path(thing.name), thing.content)
        case .link:
            try Files.linkTarget(thing.name) == thing.content ? nil : try FileStatus.of(thing.name)?.kind.rawValue
        case .mask: try AdministratorFiles.isMask(UnitPlace.path(thing.name)) ? "masked" : nil
        case .folder, .tree, .image, .data: try FileStatus.of(thing.name)?.kind.rawValue
        // An empty folder is nobody's content, and what is known of versions only this program writes.
        case .bundle where thing.content != nil: nil
        case .bundle where try FileStatus.of(BundleStore.records(in: thing.name))?.kind == .folder: nil
        case .bundle: try FileStatus.of(thing.name)?.kind.rawValue
        // What it was is kept with it, and comes back.
        case .setting: nil
        case .account: try AccountFacet(thing.name)?.isThere() == true ? "there" : nil
        // In a folder of this program's own.
        case .swap: nil
        // Its step says what was there.
        case .absence, .disk: nil
        case .package: try DpkgStatus.current().difference(thing.name) == nil ? "installed" : nil
        }
    }

    private static func fileState(_ path: String, _ digest: String?) throws(SystemCallError) -> String? {
        guard let status = try FileStatus.of(path) else { return nil }
        guard status.kind == .file else { return status.kind.rawValue }
        if FilePlace(of: path) != nil, try OwnedFile.isClosed(path) { return "a file that this user may not read" }
        return try OwnedFile.digest(path) == digest ? nil : "a file with other content"
    }
}

/// Where the unit files and masks of ours lie: by its name alone a unit is the machine's, by its file's path a user's own.
struct UnitPlace: Sendable {
    let unit: UnitName
    let scope: UnitScope

    init(_ unit: UnitName, _ scope: UnitScope) {
        self.unit = unit
        self.scope = scope
    }

    /// Reads ``name``; nil for anything else.
    ///
    /// Only the user who runs this is spoken of.
    init?(_ name: String) {
        guard name.hasFirstBytes("/") else {
            guard let unit = try? UnitName(name) else { return nil }
            self.init(unit, .system)
            return
        }
        let folder = Files.folder(of: name), end = "/\(UnitScope.folderOfUsers)"
        guard folder.hasLastBytes(end), let unit = try? UnitName(Files.name(of: name)) else { return nil }
        let home = String(decoding: folder.utf8.dropLast(end.utf8.count), as: UTF8.self)
        self.init(unit, .user(number: Account.currentUser, home: home))
    }

    /// What is owned is called so.
    var name: String { scope == .system ? unit.text : path }
    var path: String { "\(scope.folder)/\(unit)" }

    static func path(_ name: String) -> String {
        name.hasFirstBytes("/") ? name : "\(UnitScope.system.folder)/\(name)"
    }
}

/// The content of small files that are owned.
enum OwnedFile {
    /// A file that is there, and that this user may not read.
    ///
    /// Blocks.
    static func isClosed(_ path: String) throws(SystemCallError) -> Bool {
        do throws(SystemCallError) { _ = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) } catch {
            return error.code == EACCES
        }
        return false
    }

    /// SHA-256 of a file in hexadecimal digits; nil when there is none, or this user may not read it.
    ///
    /// Blocks.
    static func digest(_ path: String) throws(SystemCallError) -> String? {
        do throws(SystemCallError) {
            return try Files.readIfPresent(path).map { Digest.of($0).hex }
        } catch {
            if error.code == EACCES || error.code == EISDIR { return nil }
            throw error
        }
    }
}
