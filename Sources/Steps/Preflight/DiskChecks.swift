import HostConfig
import Platform
internal import Glibc

/// What the file systems must offer.
extension PreflightCheck {
    static func rootWritable(_ configuration: HostConfiguration) -> PreflightCheck {
        PreflightCheck("root-writable") {
            let root = configuration.bootstrapRoot, user = configuration.bootstrapUser
            // What to do about another bootstrap user's is for the check of that to say, and only there.
            if let account = (try? await Account.lookUp(user)) ?? nil,
                let foreign = foreignPlace([root], user: account.user)
            {
                return .passed("\(foreign.path) is another user's, see previous-user")
            }
            var path = root
            while ((try? FileStatus.of(path, followingLink: true)) ?? nil) == nil, path != "/" {
                path = Files.folder(of: path)
            }
            if let kind = (try? FileStatus.of(path, followingLink: true))??.kind, kind != .folder {
                return .failed("\(path) is no folder", hint: "move it away, or choose another bootstrap_root")
            }
            if Files.isAccessible(path, W_OK | X_OK) { return .passed("\(path) is writable") }
            return .failed(
                "\(path) cannot be written by this user",
                hint: "sudo install -d -o \(user) -m 755 \(ShellWord.plain(root))")
        }
    }

    static func rootExecutable(_ root: String) -> PreflightCheck {
        PreflightCheck("root-executable") {
            do throws(SystemCallError) {
                let system = try FileSystem.holding(root)
                if system.isReadOnly {
                    return .failed("\(root) is on a read-only file system", hint: "sudo dmesg shows why")
                }
                guard system.forbidsExecution else { return .passed("programs may run there") }
                return .failed(
                    "\(root) is on a file system mounted noexec",
                    hint: "sudo mount -o remount,exec \"$(findmnt -no TARGET -T \(ShellWord.plain(root)))\", "
                        + "or choose another root")
            } catch {
                return .failed(error.explanation.summary, hint: error.explanation.hint)
            }
        }
    }

    /// Downloads and what they unpack to, below the root; the image's full size, where it will lie.
    static func diskSpace(_ configuration: HostConfiguration) -> PreflightCheck {
        PreflightCheck("disk-space") {
            do throws(SystemCallError) {
                let needs = try SpaceNeed.all(configuration)
                let short = needs.filter { $0.available < $0.bytes }
                let words = (short.isEmpty ? needs : short).map(\.description).joined(separator: "; ")
                if short.isEmpty { return .passed(words) }
                return .failed(words, hint: "free space or enlarge the disk; df -h shows what is there")
            } catch {
                return .failed(error.explanation.summary, hint: error.explanation.hint)
            }
        }
    }
}

/// How much one file system must still hold.
struct SpaceNeed: CustomStringConvertible {
    let path: String
    let bytes: Int64
    let available: Int64

    var description: String { "\(path) needs \(gibibytes(bytes)), has \(gibibytes(available))" }

    static func all(_ configuration: HostConfiguration) throws(SystemCallError) -> [SpaceNeed] {
        let root = try FileSystem.holding(configuration.bootstrapRoot)
        var rootBytes = Int64(configuration.minimumFreeDiskGB) << 30
        guard let image = configuration.btrfs, case .gigabytes(let size) = image.size else {
            return [SpaceNeed(path: configuration.bootstrapRoot, bytes: rootBytes, available: root.available)]
        }
        let system = try FileSystem.holding(image.imagePath)
        let there = try FileStatus.of(image.imagePath)
        // With a disk for it there is no image.
        if there == nil, try configuration.hasDisk(image) {
            return [SpaceNeed(path: configuration.bootstrapRoot, bytes: rootBytes, available: root.available)]
        }
        // One that has its size is what it will be.
        let reserve = there.map { $0.size >= Int64(size) << 30 } == true ? 0 : Int64(image.reserveGB) << 30
        let imageBytes = max(0, Int64(size) << 30 - (there?.allocated ?? 0)) + reserve
        guard system.device == root.device else {
            return [
                SpaceNeed(path: configuration.bootstrapRoot, bytes: rootBytes, available: root.available),
                SpaceNeed(path: image.imagePath, bytes: imageBytes, available: system.available),
            ]
        }
        rootBytes += imageBytes
        return [SpaceNeed(path: configuration.bootstrapRoot, bytes: rootBytes, available: root.available)]
    }
}

extension HostConfiguration {
    /// One of the devices is there that the btrfs may lie on.
    fileprivate func hasDisk(_ image: HostConfig.BtrfsImage) throws(SystemCallError) -> Bool {
        for path in disks.first(where: { $0.name == image.disk })?.candidates ?? [] {
            if try BlockDevice.at(path) != nil { return true }
        }
        return false
    }
}

/// Bytes as people read them, with one decimal.
func gibibytes(_ bytes: Int64) -> String {
    let tenths = bytes * 10 / (1 << 30)
    return "\(tenths / 10).\(tenths % 10) GiB"
}
