import Platform
import Systemd

/// Decides for root what a bootstrap user may ask for who is not root's equal.
///
/// Nothing of it holds for who may run anything by sudo: there the helper is a defence against mistakes alone.
struct Boundary: Sendable {
    let caller: Account
    let known: KnownUnits

    /// The one that holds for this process; nil when it was not run from behind the closed door.
    static func current() async throws(PrivilegedError) -> Boundary? {
        guard await onOwnThread({ () throws(Never) in ClosedDoor.isThis }) else { return nil }
        let caller = try await askingUser("privileged-helper", hint: "it is run by sudo, for a user")
        let policy = try await onOwnThread { () throws(PrivilegedError) in try HelperPolicy.read() }
        return Boundary(caller: caller, known: KnownUnits(policy: policy))
    }

    /// Refuses what is not this user's to ask for.
    func check(_ request: PrivilegedRequest) throws(PrivilegedError) {
        switch request {
        case .replaceFile(let path, let content, _, let owner): try checkFile(path, content, owner)
        case .putFile(let file):
            throw .refused(
                what: "what lies there is read or run as root: it is root's to write, and not \(caller.name)'s",
                place: file.path, hint: "write it as root as \"files\" in the config says: a run takes what is there")
        case .putAptSource(let file, _):
            throw .refused(
                what:
                    "who adds a source of packages adds what runs as root: it is root's to do, and not \(caller.name)'s",
                place: file.source.path,
                hint: "leave it out of \"sources\" and let root add it: packages come from whatever sources root has")
        case .installPackageFiles(let files, _):
            throw .refused(
                what: "its scripts run as root: it is root's to install, and not \(caller.name)'s",
                place: files.files.map(\.path).joined(separator: " "),
                hint: "as root: apt-get install ./FILE.deb with the file of that digest; a run takes what is there")
        case .prepareDisk(let claim): try refuseDisk(claim.candidates.joined(separator: " "))
        case .settleDisk(let mountPoint, _, _, _): try refuseDisk(mountPoint)
        case .setKernelSettings(let values): try KernelSettings(values).checkHarmless(for: caller.name)
        case .makeFolder(_, _, let owner), .removeData(_, let owner): try checkOwner(owner)
        case .createSubvolumes(let mountPoint, _, let owner):
            try checkOwner(owner)
            try checkImage(mountPoint)
        case .enableQuotas(let mountPoint): try checkImage(mountPoint)
        case .setFileCapabilities(let path, let text, let owner):
            try checkOwner(owner)
            try checkCapabilities(try CapableFile.capabilities(text, path), path)
        // Its own systemd, in which nothing runs as root.
        case .startUnit(UnitScope.user(number: caller.user, home: caller.home).process): break
        case .enableUnit(let unit), .disableUnit(let unit), .startUnit(let unit), .restartUnit(let unit),
            .stopUnit(let unit), .journal(let unit, _, _), .unmaskUnit(let unit, _), .setDropInAside(let unit, _):
            try known.check(unit)
        case .maskUnit(let unit, _), .removeUnit(let unit, _):
            try known.check(unit)
            try dropInRules.checkDeparture(of: unit)
        case .makeAccount(.linger(caller.name), _), .removeAccount(.linger(caller.name)): break
        case .makeAccount(let facet, _), .removeAccount(let facet): try refuseAccount(facet.text)
        case .setUserAttribute(let attribute, let user, _): try refuseAccount("user \(user) \(attribute.rawValue)")
        case .removeFile(let path, _), .removeFolder(let path): try checkRemoval(path)
        case .purgePackages(let names, _):
            throw .refused(
                what: "others may need them: packages are root's to take away", place: names.joined(separator: " "),
                hint: "as root: apt-get purge \(names.joined(separator: " "))")
        case .removePackages(let names, _, _):
            throw .refused(
                what: "others may need them: packages are root's to take away, and not \(caller.name)'s",
                place: names.joined(separator: " "),
                hint: "as root: apt-get remove \(names.joined(separator: " ")); a run takes what is there")
        case .selectPackages(let names, let selection):
            let isHold = selection == .hold
            let why = isHold ? "root's own updates would pass them over" : "root may hold them for a reason"
            throw .refused(
                what: "\(why): packages are root's to hold, and not \(caller.name)'s",
                place: names.joined(separator: " "),
                hint: "as root: apt-mark \(isHold ? "hold" : "unhold") \(names.joined(separator: " "))")
        case .updatePackageLists, .installPackages, .repairPackages, .clearPartialLists, .createImage, .growImage,
            .reloadUnits, .removeImage, .setHostSetting, .makeSwapFile, .removeSwapFile,
            .startDetachedRun, .reboot, .renewHelper:
            break
        }
    }

    /// What follows from a request that was done.
    func did(_ request: PrivilegedRequest) throws(PrivilegedError) {
        guard case .removeUnit(let unit, _) = request else { return }
        try onSystem { () throws(SystemCallError) in try known.forget(unit) }
    }

    private var dropInRules: DropInRules { DropInRules(caller: caller, known: known) }

    private func checkOwner(_ owner: String) throws(PrivilegedError) {
        guard owner != caller.name else { return }
        throw .refused(
            what: "it is asked for by \(caller.name), and would be \(owner)'s", place: "privileged-helper",
            hint: "only what is \(caller.name)'s is made this way")
    }

    /// Most of them lead to root; which ports it may listen on is no more than a unit may be given.
    private func checkCapabilities(_ capabilities: FileCapabilities, _ path: String) throws(PrivilegedError) {
        let others = capabilities.names.map { $0.filter { $0 != "cap_net_bind_service" } } ?? [capabilities.text]
        guard !others.isEmpty else { return }
        throw .refused(
            what: "a program of \(caller.name)'s with \(others.joined(separator: ", ")) could become root", place: path,
            hint: "only cap_net_bind_service is given behind the closed door; leave the others out of \"capabilities\"")
    }

    /// Whoever has a disk formatted or mounted chooses what root reads, and what is lost.
    private func refuseDisk(_ place: String) throws(PrivilegedError) {
        throw .refused(
            what: "whole disks are root's to format and to mount, and not \(caller.name)'s", place: place,
            hint: "as root: make its file system, mount it by fstab, and leave it out of \"disks\" in the config")
    }

    /// A btrfs that root mounted from a disk, or from a file of its own, is not this user's to fill.
    private func checkImage(_ mountPoint: String) throws(PrivilegedError) {
        let isOther = try onSystem { () throws(SystemCallError) in
            guard let mount = try Mount.at(mountPoint) else { return false }
            return try Mount.backingFile(of: mount.source)?.hasLastBytes(".img") != true
        }
        if isOther { try refuseDisk(mountPoint) }
    }

    /// Groups such as sudo, docker and disk lead to root, and another user's rights are not this one's to give.
    private func refuseAccount(_ what: String) throws(PrivilegedError) {
        throw .refused(
            what: "users and groups are root's to make, and not \(caller.name)'s", place: what,
            hint:
                "make it as root (useradd, groupadd, usermod) as \"users\" in the config says: a run takes what is there"
        )
    }

    /// What another made is not taken away.
    private func checkRemoval(_ path: String) throws(PrivilegedError) {
        if let dropIn = DropInFile(path: path) { return try known.check(dropIn.unit) }
        guard let status = try onSystem({ () throws(SystemCallError) in try FileStatus.of(path) }) else { return }
        if path == KernelSettings.file(of: caller.name) { return }
        if status.owner == caller.user || status.kind == .folder && status.owner == 0 { return }
        throw .refused(what: "it is not \(caller.name)'s", place: path, hint: "look at it, and remove it as root")
    }

    /// An environment file lies among this user's own only: whoever reads the others may take a new one for theirs.
    private func checkNeighbours(_ path: String) throws(PrivilegedError) {
        let folder = Files.folder(of: path)
        let foreign = try onSystem { () throws(SystemCallError) -> String? in
            for name in try Folders.names(in: folder) {
                let other = "\(folder)/\(name)"
                // One that is being written is root's for a moment.
                if name.hasSuffix(".new") { continue }
                if let status = try FileStatus.of(other), status.owner != caller.user { return other }
            }
            return nil
        }
        guard let foreign else { return }
        throw .refused(
            what: "\(foreign) is not \(caller.name)'s", place: path,
            hint: "name another \"environment_file\", in a folder of its own below /etc")
    }

    private func checkFile(_ path: String, _ content: [UInt8], _ owner: String) throws(PrivilegedError) {
        if KernelSettings.isFile(path) {
            guard path == KernelSettings.file(of: caller.name) else {
                throw .refused(what: "it is not \(caller.name)'s", place: path, hint: "report this as a fault")
            }
            return try KernelSettings(file: content, path).checkHarmless(for: caller.name)
        }
        if let dropIn = DropInFile(path: path) {
            guard owner == "root" else {
                throw .refused(what: "it would not be root's", place: path, hint: "report this as a fault")
            }
            return try dropInRules.check(dropIn, content)
        }
        guard Files.folder(of: path) == RootFile.unitFolder else {
            try checkOwner(owner)
            return try checkNeighbours(path)
        }
        guard owner == "root", let unit = try? UnitName(Files.name(of: path)) else {
            throw .refused(what: "it is no unit file of root's", place: path, hint: "report this as a fault")
        }
        if !known.isRoots(unit) {
            guard let text = String(validating: content, as: UTF8.self) else {
                throw .refused(what: "it is no text in UTF-8", place: path, hint: "correct the unit's text")
            }
            let rules = UnitRules(unit: unit, caller: caller, known: known)
            let violation = try onSystem { () throws(SystemCallError) in try rules.violation(text) }
            if let violation {
                throw .refused(
                    what: violation.words, place: "\(path):\(violation.line)",
                    hint:
                        "correct the unit; or as root, trust it: \(ClosedDoor.program) install-helper --root-unit '\(unit)'"
                )
            }
        }
        try known.claim(unit)
    }
}
