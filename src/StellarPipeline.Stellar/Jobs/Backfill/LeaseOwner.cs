using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Who holds leases: one run of one process on one machine, as text.</summary>
/// <remarks>
/// Of a process of the same machine it can be seen that it has gone, so its leases need not run out. To be wrong about it (machines of the
/// same name) costs work that is done twice and is harmless otherwise: a batch commits only under its fence.
/// </remarks>
internal static class LeaseOwner
{
    /// <summary>Makes the name of a run of this process.</summary>
    public static string NewName() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.MachineName} {Environment.ProcessId} {StartOf(Environment.ProcessId)} {Guid.NewGuid():N}");

    /// <summary>Whether an owner is a process of this machine that has surely gone.</summary>
    /// <param name="owner">A name that <see cref="NewName"/> made.</param>
    public static bool IsGone(string owner)
    {
        string[] parts = owner.Split(' ');
        return parts.Length == 4 && parts[0] == Environment.MachineName
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            && StartOf(process) is var start && start != "?" && start != parts[2];
    }

    // "-" for a process that is not there, "?" for one that may not be looked at. In tenths of a second: how exactly it is told differs.
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
