using static System.FormattableString;

namespace StellarPipeline.Dataflow.Files;

/// <summary>Finds out whether other users of the machine could replace a folder, or the files in it.</summary>
/// <remarks>
/// A path is only as safe as each folder on the way to it: whoever may write one of them can exchange the next. Folders and links of root
/// and of the user of this process are trusted; so are groups, since an administrator made them. Linux only: elsewhere nothing is found.
/// </remarks>
internal static class FolderTrust
{
    // As Linux itself: more links than that are a circle.
    private const int MaxLinks = 40;

    /// <summary>Looks at every folder of a path, from the root of the file system on.</summary>
    /// <param name="path">A folder that is to be used, or made.</param>
    /// <param name="isShared">True for a folder in which all users may make files of their own, such as /tmp, and in which only new, unique
    /// names are used.</param>
    /// <param name="alsoTrusted">Another trusted user; null for none.</param>
    /// <param name="ownersOnly">True for a folder whose files are opened with <see cref="GuardedFile"/>: then it may be one that every user
    /// may write, such as a mounted volume.</param>
    /// <returns>Null where nobody else can interfere; otherwise the reason, such as "/tmp/cache belongs to another user (1001)".</returns>
    public static string? FindDanger(string path, bool isShared = false, uint? alsoTrusted = null, bool ownersOnly = false)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var left = new Stack<string>(Parts(Path.GetFullPath(path)));
        string done = "/";
        int links = 0;
        while (true)
        {
            if (FileFacts.Of(done) is not { } facts) return null; // From here on this process makes the folders itself.
            if (!facts.IsOwnedByUs && facts.Owner != alsoTrusted && !facts.IsOwnedOutside)
                return Invariant($"{done} belongs to another user ({facts.Owner})");
            if (facts.IsLink)
            {
                if (++links > MaxLinks || new FileInfo(done).LinkTarget is not { } target) return $"{done} is a link that leads nowhere";
                done = Path.GetDirectoryName(done)!;
                foreach (string part in Parts(target)) left.Push(part);
                if (Path.IsPathRooted(target)) done = "/";
            }
            else if (!ownersOnly && facts.OthersMayWrite && !(facts.IsSticky && (left.Count > 0 || isShared)))
            {
                return $"{done} may be written by every user";
            }

            if (!left.TryPop(out string? next)) return null;
            done = next == ".." ? Path.GetDirectoryName(done) ?? "/" : Path.Combine(done, next);
        }
    }

    private static IEnumerable<string> Parts(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").Reverse();
}
