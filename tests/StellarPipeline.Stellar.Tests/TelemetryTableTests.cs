using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using StellarPipeline.Archive;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;

namespace StellarPipeline.Stellar.Tests;

/// <summary>Every instrument and every log event is in the README of its library, and the other way round.</summary>
public sealed partial class TelemetryTableTests
{
    [Theory]
    [InlineData(typeof(DataflowTelemetry))]
    [InlineData(typeof(ArchiveTelemetry))]
    [InlineData(typeof(PostgresTelemetry))]
    [InlineData(typeof(StellarTelemetry))]
    public void Instruments_OfALibrary_AreThoseOfItsReadme(Type telemetry)
    {
        string name = telemetry.Assembly.GetName().Name!;
        var published = new List<string>();
        RuntimeHelpers.RunClassConstructor(telemetry.TypeHandle);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == name) published.Add($"{instrument.Name} {instrument.Unit}");
            },
        };
        listener.Start();
        IEnumerable<string> documented = InstrumentRow().Matches(Readme(name))
            .SelectMany(row => InstrumentName().Matches(row.Groups[1].Value).Select(one => $"{one.Groups[1].Value} {row.Groups[2].Value}"));

        Assert.Equal(documented.Order(), published.Order());
    }

    [Theory]
    [InlineData(typeof(DataflowTelemetry), 5000)]
    [InlineData(typeof(PostgresTelemetry), 4000)]
    [InlineData(typeof(StellarTelemetry), 2000)]
    [InlineData(typeof(ArchiveTelemetry), 3000)]
    public void LogEvents_OfALibrary_AreThoseOfItsReadmeAndOfItsRange(Type library, int first)
    {
        int[] ids =
        [
            .. library.Assembly.GetTypes()
                .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
                .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId ?? 0).Where(id => id > 0).Order(),
        ];

        Assert.NotEmpty(ids);
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(ids, id => Assert.InRange(id, first, first + 999));
        string readme = Readme(library.Assembly.GetName().Name!);
        Assert.All(ids, id => Assert.Contains($"\n| {id} |", readme, StringComparison.Ordinal));
        Assert.Equal(ids, EventRow().Matches(readme).Select(row => int.Parse(row.Groups[1].Value, null)).Where(id => id is not 4299));
    }

    private static string Readme(string library)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, "src", library, "README.md");
            if (File.Exists(file)) return File.ReadAllText(file);
        }

        throw new FileNotFoundException($"The README of {library}.");
    }

    [GeneratedRegex(@"^\| (`pipeline\.[^|]+) \| (?:counter|gauge|histogram) \| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex InstrumentRow();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InstrumentName();

    [GeneratedRegex(@"^\| (\d{4}) \|", RegexOptions.Multiline)]
    private static partial Regex EventRow();
}
