using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using StellarPipeline.Dataflow.Files;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>Marks a folder as used by a running process: a file that names the process and is locked as long as it runs.</summary>
/// <remarks>
/// The operating system releases the lock when the process ends, in whatever way. For file systems without locks, the file also contains
/// the process id. It is compared together with the start time of the process, because ids are reused (in containers always the same few).
/// </remarks>
internal sealed class OwnerLock : IDisposable
{
    /// <summary>Name of the file inside the folder.</summary>
    public const string FileName = "pipeline.owner";

    private readonly FileStream file;
    private bool released;

    private OwnerLock(FileStream file, string path)
    {
        this.file = file;
        FilePath = path;
    }

    /// <summary>Full path of the file.</summary>
    public string FilePath { get; }

    /// <summary>Whether an earlier run left its mark in the folder.</summary>
    public static bool IsMarked(string directory) => File.Exists(Path.Combine(directory, FileName));

    /// <summary>Takes the lock of a folder, or says who holds it.</summary>
    /// <param name="directory">The folder. Another user may have created and filled it.</param>
    /// <param name="account">The server's user, who may own the folder and the file; null for the user of this process.</param>
    /// <returns>The lock, or null and a description of its owner.</returns>
    /// <exception cref="IOException">The folder or the file is a link, or belongs to another user; nothing was changed.</exception>
    public static (OwnerLock? Lock, string Owner) TryTake(string directory, uint? account)
    {
        string path = Path.Combine(directory, FileName);
        FileStream file;
        try
        {
            SafeFileHandle handle = GuardedFile.Open(directory, FileName, makes: true, account)!;
            file = new FileStream(handle, FileAccess.ReadWrite);
            if (!GuardedFile.TryLock(handle))
            {
                file.Dispose();
                return (null, "it holds the lock of " + path);
            }
        }
        catch (IOException) when (!OperatingSystem.IsLinux())
        {
            return (null, "it holds the lock of " + path);
        }

        using (var reader = new StreamReader(file, Encoding.ASCII, leaveOpen: true))
        {
            string[] words = reader.ReadToEnd().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 2 && int.TryParse(words[0], CultureInfo.InvariantCulture, out int owner) && owner != Environment.ProcessId
                && StartMark(owner) == words[1])
            {
                file.Dispose();
                return (null, FormattableString.Invariant($"process {owner}"));
            }
        }

        file.SetLength(0);
        file.Write(Encoding.ASCII.GetBytes(FormattableString.Invariant($"{Environment.ProcessId} {StartMark(Environment.ProcessId)}\n")));
        file.Flush();
        return (new OwnerLock(file, path), "");
    }

    /// <summary>
    /// Makes the server's user the owner of the file, because PostgreSQL must be able to open every file of its data directory.
    /// </summary>
    public async Task GiveAsync(ServerAccount account, CancellationToken cancellationToken)
    {
        if (account is not { UserId: { } user, GroupId: { } group })
            return;
        if (OperatingSystem.IsLinux())
            GuardedFile.Give(file.SafeFileHandle, user, group);
        else
            await account.GiveAsync(FilePath, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the mark, because nothing is left to clean up.</summary>
    public void Release()
    {
        if (released)
            return;
        released = true;
        // Windows cannot delete an open file. Elsewhere the file is deleted before the lock is released, because a sweep could take an
        // unlocked file for a leftover.
        if (OperatingSystem.IsWindows())
            file.Dispose();
        File.Delete(FilePath);
        file.Dispose();
    }

    /// <summary>Releases the lock and leaves the mark, as if this process had died.</summary>
    public void Dispose()
    {
        released = true;
        file.Dispose();
    }

    /// <summary>A text that distinguishes a process from later ones with the same id; null if there is no such process.</summary>
    private static string? StartMark(int processId)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // proc(5): field 22 is the start time in clock ticks. The name in field 2 may contain spaces, so count from its closing
                // bracket.
                string stat = File.ReadAllText(FormattableString.Invariant($"/proc/{processId}/stat"));
                return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19] + "@"
                    + File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
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
