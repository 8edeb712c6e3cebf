using System.Runtime;
using System.Runtime.InteropServices;
using System.Text;
using Npgsql;

namespace StellarPipeline.LoadTest.Results;

/// <summary>The machine and the runtime.</summary>
/// <param name="Cpu">Model name.</param>
/// <param name="Cores">Cores that this process may use.</param>
/// <param name="MemoryBytes">Physical memory, or the limit of the container.</param>
/// <param name="OperatingSystem">Name and version.</param>
/// <param name="Disk">File system of the data, and its free space.</param>
/// <param name="Runtime">.NET, garbage collector, code generation.</param>
/// <param name="Npgsql">Version of the driver.</param>
internal sealed record MachineFacts(
    string Cpu, int Cores, long MemoryBytes, string OperatingSystem, string Disk, string Runtime, string Npgsql)
{
    /// <summary>The model as a folder name.</summary>
    public string CpuFolder
    {
        get
        {
            var name = new StringBuilder();
            foreach (char letter in Cpu)
            {
                if (char.IsAsciiLetterOrDigit(letter)) name.Append(char.ToLowerInvariant(letter));
                else if (name.Length > 0 && name[^1] != '-') name.Append('-');
            }

            return FormattableString.Invariant($"{name.ToString().Trim('-')}-{Cores}-cores");
        }
    }

    public static MachineFacts Read(string dataDirectory)
    {
        var drive = new DriveInfo(dataDirectory);
        string collector = GCSettings.IsServerGC ? "server GC" : "workstation GC";
        return new MachineFacts(
            CpuModel(),
            Environment.ProcessorCount,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}",
            FormattableString.Invariant($"{drive.DriveFormat}, {drive.AvailableFreeSpace >> 30} GiB free"),
            $"{RuntimeInformation.FrameworkDescription}, "
                + $"{collector}"
                + $"{(AppContext.TryGetSwitch("System.GC.Concurrent", out bool concurrent) && !concurrent ? ", not concurrent" : "")}",
            typeof(NpgsqlConnection).Assembly.GetName().Version!.ToString(3));
    }

    private static string CpuModel()
    {
        const string Linux = "/proc/cpuinfo";
        string? model =
            File.Exists(Linux)
                ? File.ReadLines(Linux).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1]
                : null;
        return (model ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString())
            .Trim();
    }
}
