internal import CLinux

/// The static libraries in a release, by the versions that Debian gave them.
///
/// Debian fixes faults under an unchanged upstream version, which is all that most libraries can tell of themselves.
public enum LinkedLibraries {
    /// A line for each of `names`, such as `libcurl 7.88.1 curl=7.88.1-10+deb12u15`; none in a development build.
    public static func versions(of names: Set<String>) -> [String] {
        String(cString: linked_libraries()).split(separator: "\n").map(String.init).filter { line in
            names.contains(String(line.prefix { $0 != " " }))
        }
    }
}
