using System.Globalization;

namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>Samples CPU time and peak memory of a server session on this machine, with its parallel workers, every 50 ms.</summary>
/// <remarks>
/// CPU time of the session is exact to 10 ms; that of a worker is from its last sample.
/// Memory: private memory (RssAnon of /proc/PID/status) of the session and of its parallel workers, and the dynamic shared memory that they
/// share (mappings of /dev/shm/PostgreSQL.*), such as the hash table of a parallel join. Not counted: shared_buffers. A peak shorter than
/// the interval can be missed.
/// </remarks>
internal sealed class SessionUsage : IAsyncDisposable
{
    // USER_HZ, the unit of CPU time in /proc: 100 on every Linux that .NET supports.
    private const double TicksPerSecond = 100;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly string process;
    private readonly string parent;
    private readonly PeriodicTimer timer = new(Interval);
    private readonly Dictionary<string, long> workerTicks = [];
    private readonly long ticksBefore;
    private readonly Task watching;
    private long sessionTicks;
    private long peakBytes;

    private SessionUsage(string process, string parent)
    {
        this.process = process;
        this.parent = parent;
        ticksBefore = sessionTicks = Ticks(process);
        watching = Task.Run(WatchAsync);
    }

    /// <summary>Peak of all samples, bytes. Final after <see cref="DisposeAsync"/>.</summary>
    public long PeakBytes => peakBytes;

    /// <summary>CPU time since <see cref="Of"/>, seconds. Final after <see cref="DisposeAsync"/>.</summary>
    public double CpuSeconds => (sessionTicks - ticksBefore + workerTicks.Values.Sum()) / TicksPerSecond;

    /// <summary>Starts sampling.</summary>
    /// <param name="processId">The session's process id according to the server.</param>
    /// <param name="database">The session's database, which has a unique name: it is part of the process title, and proves that the server
    /// is on this machine.</param>
    /// <returns>Null if the memory cannot be read: another machine or container, not Linux, or missing rights.</returns>
    public static SessionUsage? Of(int processId, string database)
    {
        if (!OperatingSystem.IsLinux()) return null;
        string process = processId.ToString(CultureInfo.InvariantCulture);
        try
        {
            if (!File.ReadAllText($"/proc/{process}/cmdline").Contains(database, StringComparison.Ordinal)) return null;
            SharedBytes(process);
            return Field(process, "RssAnon:") is null || Field(process, "PPid:") is not { } parent
                ? null
                : new SessionUsage(process, parent.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Takes a last sample and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        timer.Dispose();
        await watching;
        Look();
    }

    private async Task WatchAsync()
    {
        do Look();
        while (await timer.WaitForNextTickAsync());
    }

    private void Look()
    {
        try
        {
            sessionTicks = Ticks(process);
            peakBytes = Math.Max(peakBytes, ((Field(process, "RssAnon:") ?? 0) * 1024) + SharedBytes(process) + LookAtWorkers());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The session has ended; the load reports the reason.
        }
    }

    /// <summary>Records the workers' CPU time and returns their private memory.</summary>
    private long LookAtWorkers()
    {
        string children = $"/proc/{parent}/task/{parent}/children";
        if (!File.Exists(children)) return 0;
        long bytes = 0;
        foreach (string child in File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                if (!File.ReadAllText($"/proc/{child}/cmdline").Contains($"parallel worker for PID {process}", StringComparison.Ordinal))
                    continue;
                bytes += (Field(child, "RssAnon:") ?? 0) * 1024;
                workerTicks[child] = Ticks(child);
            }
            catch (IOException)
            {
                // The worker has ended since it was listed.
            }
        }

        return bytes;
    }

    /// <summary>
    /// CPU time of a process: utime and stime, fields 14 and 15 of /proc/PID/stat (proc(5)). Field 2 is a name that may contain spaces.
    /// </summary>
    private static long Ticks(string process)
    {
        string text = File.ReadAllText($"/proc/{process}/stat");
        string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }

    /// <summary>A number in /proc/PID/status; sizes are in KiB (proc(5)).</summary>
    private static long? Field(string process, string name)
    {
        string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(text => text.StartsWith(name, StringComparison.Ordinal));
        return line is null
            ? null
            : long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static long SharedBytes(string process)
    {
        long bytes = 0;
        foreach (string line in File.ReadLines($"/proc/{process}/maps"))
        {
            if (!line.Contains("/dev/shm/PostgreSQL.", StringComparison.Ordinal)) continue;
            string[] range = line[..line.IndexOf(' ', StringComparison.Ordinal)].Split('-');
            bytes += long.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                - long.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        return bytes;
    }
}
