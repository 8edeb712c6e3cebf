using static System.FormattableString;

namespace StellarPipeline.Dataflow.Files;

/// <summary>Checks whether other users of the machine could replace a folder or the files in it.</summary>
/// <remarks>
/// A path is only as safe as each folder in it: a user who can write one of them can replace the next. Folders and links of root and of
/// this process's user are trusted, and so are groups, because an administrator manages them. Linux only: on other systems nothing is
/// reported.
/// </remarks>
internal static class FolderTrust
{
    // The limit of Linux: more links form a loop.
    private const int MaxLinks = 40;

    /// <summary>Checks every folder of a path, starting at the root of the file system.</summary>
    /// <param name="path">A folder that will be used or created.</param>
    /// <param name="isShared">True for a folder in which all users may create files, such as /tmp, and in which only unique random names
    /// are used.</param>
    /// <param name="alsoTrusted">Another trusted user; null for none.</param>
    /// <param name="ownersOnly">True for a folder whose files are opened with <see cref="GuardedFile"/>: it may then be writable by every
    /// user, such as a mounted volume.</param>
    /// <returns>Null if no other user can interfere; otherwise the reason, such as "/tmp/cache belongs to another user (1001)".</returns>
    public static string? FindDanger(string path, bool isShared = false, uint? alsoTrusted = null, bool ownersOnly = false)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var left = new Stack<string>(Parts(Path.GetFullPath(path)));
        string done = "/";
        int links = 0;
        while (true)
        {
            if (FileFacts.Of(done) is not { } facts) return null; // This process creates the remaining folders itself.
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
                return $"{done} is writable by every user";
            }

            if (!left.TryPop(out string? next)) return null;
            done = next == ".." ? Path.GetDirectoryName(done) ?? "/" : Path.Combine(done, next);
        }
    }

    private static IEnumerable<string> Parts(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").Reverse();
}
