using System.Text.Json;
using StellarPipeline.Cli.Output.Reports;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>The summary for people, the reports as JSON and as a page, and what compares them.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-cli-report-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Populate_EveryFormOfReport_NamesTheDatabaseAndFitsTheTerminal()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string archive = Path.Combine(folder, "archive");
        await CheckpointArchiveGenerator.GenerateAsync(
            archive, new GeneratorOptions { Accounts = 500, Trustlines = 1_000, Passphrase = StellarNetwork.Testnet.Passphrase });
        string json = Path.Combine(folder, "report.json");
        string page = Path.Combine(folder, "report.html");
        CliResult result = await CliProcess.RunAsync(
            "populate", "--archive", archive, "--database", database.ConnectionString, "--report", json, "--report", page);
        Assert.True(result.ExitCode == 0, result.All);
        string[] lines = result.Output.TrimEnd().Split('\n');
        Assert.InRange(lines.Length, 10, 25);
        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        Assert.Contains($"of database {database.Name}, as ", result.Output, StringComparison.Ordinal);

        using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(json));
        JsonElement server = report.RootElement.GetProperty("server");
        Assert.Equal(database.Name, server.GetProperty("database").GetString());
        Assert.NotEqual("", server.GetProperty("role").GetString());
        Assert.StartsWith("stellar-pipeline ", report.RootElement.GetProperty("program").GetString(), StringComparison.Ordinal);
        Assert.True(
            report.RootElement.GetProperty("started").GetDateTimeOffset() <= report.RootElement.GetProperty("ended").GetDateTimeOffset());
        Assert.Equal(0, report.RootElement.GetProperty("bytes").GetProperty("downloaded").GetInt64());

        string html = await File.ReadAllTextAsync(page);
        Assert.StartsWith("<!doctype html>", html, StringComparison.Ordinal);
        Assert.Contains("<svg", html, StringComparison.Ordinal);
        Assert.Contains(database.Name, html, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);

        CliResult output = await CliProcess.RunAsync(
            "populate", "--archive", archive, "--database", database.ConnectionString, "--replace", "--report", "-");
        Assert.True(output.ExitCode == 0, output.All);
        using var second = JsonDocument.Parse(output.Output);
        Assert.Contains("Committed.", output.Error, StringComparison.Ordinal);
        string other = Path.Combine(folder, "other.json");
        await File.WriteAllTextAsync(other, output.Output);

        CliResult compared = await CliProcess.RunAsync("report", "compare", json, other);
        Assert.True(compared.ExitCode == 0, compared.All);
        Assert.Contains("rows of trustline_balances", compared.Output, StringComparison.Ordinal);
        Assert.All(compared.Output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        CliResult no = await CliProcess.RunAsync("report", "compare", page, other);
        Assert.Equal(2, no.ExitCode);
        Assert.Contains("is not the JSON report of a load", no.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Populate_ArchiveThatIsNone_WritesTheErrorAsAPage()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string page = Path.Combine(folder, "failed.html");
        CliResult result =
            await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString, "--report", page);
        Assert.Equal(3, result.ExitCode);
        string html = await File.ReadAllTextAsync(page);
        Assert.Contains("The load failed", html, StringComparison.Ordinal);
        Assert.Contains("exit code 3", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrap_LongText_IsBrokenBetweenWordsAndCutAtTheLimit()
    {
        string text = string.Join(' ', Enumerable.Repeat("word", 100));
        string[] all = [.. ReportPrinter.Wrap("Remark", text, int.MaxValue)];
        Assert.All(all, line => Assert.InRange(line.Length, 1, 80));
        Assert.Equal(text, string.Join(' ', all.Select(line => line[14..])));
        string[] two = [.. ReportPrinter.Wrap("Remark", text, 2)];
        Assert.Equal(2, two.Length);
        Assert.EndsWith("word …", two[1], StringComparison.Ordinal);
        Assert.InRange(two[1].Length, 1, 80);
        Assert.Equal(
            [new string('x', 66), new string('x', 4)], ReportPrinter.Wrap("Header", new string('x', 70), 9).Select(line => line[14..]));
    }

    [Fact]
    public void Lines_NamesWithMarkup_AreEscaped()
    {
        string svg = SvgChart.Lines("<b>", [0, 1], [("<script>", [1, 2]), ("b", [0, 1])], value => $"<{value}>");
        Assert.DoesNotContain("<script>", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", svg, StringComparison.Ordinal);
    }
}
