public import Bundles
public import Platform
public import Projects

/// Why a first config was not made, or not changed.
public enum FirstConfigError: Explained, Equatable {
    /// Something is there already, and is nobody's to replace; `remedy` says what to do.
    case exists(path: String, remedy: String)
    /// Nothing tells what starts the folder's program.
    case noStart(folder: String)
    /// An option, or what was found in its stead, cannot be used.
    case unusable(option: String, reason: String)
    /// A unit file of the folder's would be refused.
    case badUnit(place: String, reason: String)
    /// The config has no place for a new bundle; `remedy` says what to do.
    case notUpdated(path: String, reason: String, remedy: String)
    /// A project's own file tells nothing.
    case project(ProjectError)
    /// The bundle was not packed.
    case bundle(BundleError)
    /// The disk refused.
    case system(SystemCallError)
    /// It was given up on the way.
    case stopped

    /// The folder's content is at fault, as opposed to the command line or the disk.
    public var isIntegrity: Bool {
        switch self {
        case .project(.system), .exists, .noStart, .unusable, .notUpdated, .system, .stopped: false
        case .badUnit, .project: true
        case .bundle(let error): error.isIntegrity
        }
    }

    /// The command line is at fault.
    public var isUsage: Bool {
        switch self {
        case .noStart, .unusable, .project(.noStart), .project(.badStart): true
        case .exists, .badUnit, .notUpdated, .project, .bundle, .system, .stopped: false
        }
    }

    /// All that is missing is what starts the program.
    public var lacksStart: Bool {
        switch self {
        case .noStart, .project(.noStart), .project(.badStart): true
        default: false
        }
    }

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .exists(let path, let remedy): Explanation("is there already, and is not replaced", at: path, hint: remedy)
        case .noStart(let folder):
            Explanation(
                "holds neither package.json, pyproject.toml nor a unit file that would say what starts it", at: folder,
                hint: "say it, as in --start './bin/web --port 80'")
        case .unusable(let option, let reason):
            Explanation(
                reason, at: option, hint: "give \(option) another value; host-bootstrap init --help shows its use")
        case .badUnit(let place, let reason):
            Explanation(reason, at: place, hint: "correct that line, or move the unit file out of the folder")
        case .notUpdated(let path, let reason, let remedy): Explanation(reason, at: path, hint: remedy)
        case .project(let error): error.explanation
        case .bundle(let error): error.explanation
        case .system(let error): error.explanation
        case .stopped: Explanation("stopped", hint: "run it again: nothing of it was left")
        }
    }
}

func onDisk<Value>(_ body: () throws(SystemCallError) -> Value) throws(FirstConfigError) -> Value {
    do throws(SystemCallError) { return try body() } catch { throw .system(error) }
}

func packing<Value>(_ body: () throws(BundleError) -> Value) throws(FirstConfigError) -> Value {
    do throws(BundleError) { return try body() } catch {
        if case .stopped = error { throw .stopped }
        throw .bundle(error)
    }
}
