import Platform
import Systemd

/// Everything that root may be asked for.
///
/// This set is the security boundary: there is no shell and no free command.
enum PrivilegedRequest: Sendable, Codable, Equatable {
    /// apt-get update.
    case updatePackageLists(lockTimeoutSeconds: Int)
    /// apt-get install of these packages.
    case installPackages([String], lockTimeoutSeconds: Int)
    /// apt-get install of package files, from root's own copies of them.
    case installPackageFiles(PackageFiles, lockTimeoutSeconds: Int)
    /// Lets dpkg finish what it was cut off in.
    case repairPackages(lockTimeoutSeconds: Int)
    /// A source of packages with the key that vouches for it, and its lists.
    case putAptSource(AptSourceFile, lockTimeoutSeconds: Int)
    /// Packages that are held in the version they have, or are not any more.
    case selectPackages([String], PackageSelection)
    /// Removes what apt has downloaded of its lists in part.
    case clearPartialLists
    /// A unit file, a drop-in of one unit's, an environment file below /etc, or a user's file of kernel settings.
    case replaceFile(path: String, content: [UInt8], mode: UInt32, owner: String)
    /// A file of the config's in one of the places for them, and what its reader makes of it.
    case putFile(HostFile)
    /// The kernel's settings by their names, until the next boot.
    case setKernelSettings([String: String])
    /// The machine's name, time zone or language.
    case setHostSetting(HostSetting, String)
    /// A user, a group, a membership, subordinate numbers, lingering; and their removal. `user` tells how a new one is made.
    case makeAccount(AccountFacet, user: HostUser?)
    case removeAccount(AccountFacet)
    case setUserAttribute(HostUser.Attribute, user: String, value: String)
    /// What a user's own program may do of root's, as ``FileCapabilities/text`` has it.
    case setFileCapabilities(path: String, capabilities: String, owner: String)
    /// A folder for data, and those above it, that belong to a user.
    case makeFolder(path: String, mode: UInt32, owner: String)
    /// A sparse file with a fresh btrfs in it; never over anything.
    case createImage(path: String, bytes: Int64, label: String)
    /// Makes an image that is ours, and mounted, larger.
    case growImage(path: String, bytes: Int64, label: String, mountPoint: String)
    /// A disk for data: looked into, and formatted if it holds nothing.
    case prepareDisk(DiskClaim)
    /// Makes the file system on a mounted disk fill it, and gives a fresh one's root to a user.
    case settleDisk(mountPoint: String, fileSystem: DiskFileSystem, uuid: String, owner: String?)
    /// The host's one swap file, made, or removed when nothing swaps to it.
    case makeSwapFile(bytes: Int64)
    case removeSwapFile
    /// Subvolumes of a mounted btrfs that belong to a user.
    case createSubvolumes(mountPoint: String, names: [String], owner: String)
    /// Quotas of a mounted btrfs.
    case enableQuotas(mountPoint: String)
    /// systemctl daemon-reload.
    case reloadUnits
    /// systemctl enable, disable, start, restart, stop; and what the unit last wrote to the journal.
    case enableUnit(UnitName)
    case disableUnit(UnitName)
    case startUnit(UnitName)
    case restartUnit(UnitName)
    case stopUnit(UnitName)
    case journal(UnitName, lines: Int, span: JournalSpan?)
    /// A link to /dev/null in the unit file's place, and its removal; a file there is kept beside it if asked for, and put
    /// back.
    case maskUnit(UnitName, keepingFile: Bool)
    case unmaskUnit(UnitName, restoringFile: Bool)
    /// Takes a unit away whose file has this SHA-256 or is gone: stopped, disabled, removed.
    case removeUnit(UnitName, digest: String)
    /// Removes a file in one of the places for them that has this SHA-256.
    case removeFile(path: String, digest: String)
    /// Removes a folder that is empty, outside the system's own.
    case removeFolder(path: String)
    /// Removes a set of data of a user's, beneath the places where they are made.
    case removeData(path: String, owner: String)
    /// Removes an image that is ours and not mounted, with all that is in it.
    case removeImage(path: String, label: String)
    /// apt-get purge of these packages; refused when others would go with them.
    case purgePackages([String], lockTimeoutSeconds: Int)
    /// apt-get remove of these packages; refused when others would go with them than those named as going along.
    case removePackages([String], along: [String], lockTimeoutSeconds: Int)
    /// Renames a drop-in of this unit's own, so that systemd does not read it.
    case setDropInAside(UnitName, path: String)
    /// This very program as the user who asks, in a transient unit, to do what lies ready in that user's home.
    ///
    /// Nothing of it is the asker's to say.
    case startDetachedRun
    /// A reboot that packages ask for, after which this very program does what lies ready in the user's home.
    case reboot
    /// Another version of the helper itself, signed by a key of root's.
    case renewHelper(path: String, signature: String)
}

/// One line from the agent.
enum AgentLine: Sendable, Codable {
    /// The first line: what apt is to fetch through, in whatever is asked for later.
    case proxies(AptProxies)
    case request(id: Int, PrivilegedRequest)
    case cancel(id: Int)
}

/// One line from the helper.
enum HelperLine: Sendable, Codable {
    /// The first: what the kernel keeps it to from then on, in words.
    case confined(String)
    case progress(id: Int, String)
    case done(id: Int, HelperAnswer)
    case failed(id: Int, problem: String, place: String?, hint: String)
}

/// What doing a request gave.
struct HelperAnswer: Sendable, Codable, Equatable {
    /// How the command it ran ended; nil when it ran none.
    var exitCode: Int32?
    var output = ""
    var errors = ""
}
