using System.Globalization;

namespace StellarPipeline.LoadTest.Measuring;

/// <summary>Facts about processes from /proc; on systems without it, only those that .NET knows.</summary>
internal static class ProcessUsage
{
    // USER_HZ, the unit of CPU time in /proc: 100 on every Linux that .NET supports.
    private const double TicksPerSecond = 100;

    public static double OwnCpuSeconds() => Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <summary>CPU time of ended programs that this process started, seconds.</summary>
    public static double ChildrenCpuSeconds() => OfEndedChildren("self") ?? 0;

    /// <summary>
    /// CPU time of the ended children of a process, such as the sessions of a PostgreSQL server, seconds; null if unknown.
    /// </summary>
    public static double? OfEndedChildren(int processId) => OfEndedChildren(processId.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// Whether a process has a child whose command line contains a text, or a child that is about to end. False if unknown.
    /// </summary>
    public static bool HasChildOf(int parent, string text)
    {
        if (!OperatingSystem.IsLinux()) return false;
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (!char.IsAsciiDigit(Path.GetFileName(folder)[0])
                    || Fields(Path.Combine(folder, "stat"))[1] != parent.ToString(CultureInfo.InvariantCulture))
                {
                    continue;
                }

                string command = File.ReadAllText(Path.Combine(folder, "cmdline"));
                if (command.Length == 0 || command.Contains(text, StringComparison.Ordinal)) return true;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The process has ended since it was listed.
            }
        }

        return false;
    }

    /// <summary>Resets the peak of this process's physical memory, if the system supports it.</summary>
    public static void ResetPeak()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Then the reported peak is that since the start of the process.
        }
    }

    /// <summary>Peak physical memory of this process since <see cref="ResetPeak"/>, bytes; null if unknown.</summary>
    public static long? PeakResidentBytes()
    {
        if (!OperatingSystem.IsLinux()) return null;
        string? line = File.ReadLines("/proc/self/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null
            ? null
            : long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Busy share of all cores during an interval, 0 to 1; null if unknown.</summary>
    public static async Task<double?> BusyShareAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux()) return null;
        (double busy, double total) before = SystemTicks();
        await Task.Delay(interval, cancellationToken);
        (double busy, double total) after = SystemTicks();
        return (after.busy - before.busy) / Math.Max(1, after.total - before.total);
    }

    private static (double Busy, double Total) SystemTicks()
    {
        // user nice system idle iowait irq softirq steal
        double[] ticks =
            [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(
                text => double.Parse(text, CultureInfo.InvariantCulture))];
        return (ticks.Sum() - ticks[3] - ticks[4], ticks.Sum());
    }

    private static double? OfEndedChildren(string process)
    {
        string file = $"/proc/{process}/stat";
        if (!OperatingSystem.IsLinux() || !File.Exists(file)) return null;

        // cutime and cstime, fields 16 and 17 of proc(5).
        string[] fields = Fields(file);
        return (double.Parse(fields[13], CultureInfo.InvariantCulture)
            + double.Parse(fields[14], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>The fields of a stat file from the third on; the second, the program's name in parentheses, may contain spaces.</summary>
    private static string[] Fields(string file)
    {
        string text = File.ReadAllText(file);
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }
}
