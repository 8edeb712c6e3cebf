using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>The owner of leases: one run of one process on one machine, as text.</summary>
/// <remarks>
/// A process can see that another process of the same machine has ended; then it need not wait until the leases expire. Process numbers of
/// another container mean nothing here, even if it has the same host name: processes of two containers would take each other's batches
/// for ever. So the name has the machine's boot and the namespace of the process numbers, where the system tells them.
/// </remarks>
internal static class LeaseOwner
{
    private static readonly string Place = FindPlace();

    /// <summary>Creates a name for a run of this process.</summary>
    public static string NewName() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Place} {Environment.ProcessId} {StartOf(Environment.ProcessId)} {Guid.NewGuid():N}");

    /// <summary>Whether an owner is a process of this machine that has certainly ended.</summary>
    /// <param name="owner">A name from <see cref="NewName"/>.</param>
    public static bool IsGone(string owner)
    {
        string[] parts = owner.Split(' ');
        return parts.Length == 4 && parts[0] == Place
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            && StartOf(process) is var start && start != "?" && start != parts[2];
    }

    private static string FindPlace()
    {
        string place = Environment.MachineName.Replace(' ', '_');
        try
        {
            string boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            string? space = File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name;
            return space is null ? place : $"{place}/{boot}/{space}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another system, or a /proc that hides them.
            return place;
        }
    }

    // "-" if there is no such process, "?" if it may not be examined. Whole seconds, because the precision of the start time varies.
    private static string StartOf(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return (process.StartTime.ToUniversalTime().Ticks / TimeSpan.TicksPerSecond).ToString(CultureInfo.InvariantCulture);
        }
        catch (ArgumentException)
        {
            return "-";
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or NotSupportedException)
        {
            return "?";
        }
    }
}
