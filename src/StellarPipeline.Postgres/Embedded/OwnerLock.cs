using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>Says that a living process uses a folder: a file that is locked as long as the process lives, and names it.</summary>
/// <remarks>
/// The operating system drops the lock with the process, however it ends. The process id inside is a second witness for file systems without locks;
/// it counts together with the start time of the process, because ids are used again (in containers always the same few).
/// </remarks>
internal sealed class OwnerLock : IDisposable
{
    /// <summary>Name of the file inside the folder.</summary>
    public const string FileName = "pipeline.owner";

    private readonly FileStream file;
    private bool released;

    private OwnerLock(FileStream file) => this.file = file;

    /// <summary>Full path of the file.</summary>
    public string FilePath => file.Name;

    /// <summary>Whether an earlier run left its mark in the folder.</summary>
    public static bool IsMarked(string directory) => File.Exists(Path.Combine(directory, FileName));

    /// <summary>Takes the lock of a folder, or says who holds it.</summary>
    /// <returns>The lock, or null and the owner in words.</returns>
    public static (OwnerLock? Lock, string Owner) TryTake(string directory)
    {
        FileStream file;
        var path = Path.Combine(directory, FileName);
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            file = new FileStream(path, options);
        }
        catch (IOException)
        {
            return (null, "it holds the lock of " + path);
        }

        using (var reader = new StreamReader(file, Encoding.ASCII, leaveOpen: true))
        {
            var words = reader.ReadToEnd().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 2 && int.TryParse(words[0], CultureInfo.InvariantCulture, out var owner) && owner != Environment.ProcessId
                && StartMark(owner) == words[1])
            {
                file.Dispose();
                return (null, FormattableString.Invariant($"process {owner}"));
            }
        }

        file.SetLength(0);
        file.Write(Encoding.ASCII.GetBytes(FormattableString.Invariant($"{Environment.ProcessId} {StartMark(Environment.ProcessId)}\n")));
        file.Flush();
        return (new OwnerLock(file), "");
    }

    /// <summary>Removes the mark: nothing is left to clean up.</summary>
    public void Release()
    {
        if (released)
            return;
        released = true;
        // Windows cannot delete an open file; elsewhere the mark must go before the lock does, or a sweep takes it for an orphan.
        if (OperatingSystem.IsWindows())
            file.Dispose();
        File.Delete(file.Name);
        file.Dispose();
    }

    /// <summary>Drops the lock and leaves the mark, as the death of this process would.</summary>
    public void Dispose()
    {
        released = true;
        file.Dispose();
    }

    /// <summary>Tells one process from a later one with the same id; null when there is none.</summary>
    private static string? StartMark(int processId)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // proc(5): field 22 is the start time in clock ticks; the name in field 2 may hold spaces, so count from its closing bracket.
                var stat = File.ReadAllText(FormattableString.Invariant($"/proc/{processId}/stat"));
                return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19] + "@" + File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            }

            using var process = Process.GetProcessById(processId);
            return new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or ArgumentException or InvalidOperationException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
