using System.Text.Json;
using StellarPipeline.Cli.Configuration;

namespace StellarPipeline.Cli.Tests;

/// <summary>Defaults, file, environment, command line: each wins over those before it, and every mistake is told with its place.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-cli-config-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task ConfigShow_EveryLevel_TheHigherWinsAndIsNamed()
    {
        string file = Write("""
            { "schema": "of-file", "lock-timeout": 7, "populate": { "lockTimeout": 8, "batch-rows": 9 }, "migrate": { "schema": "other" } }
            """);
        var variables = new Dictionary<string, string> { ["STELLAR_PIPELINE_BATCH_ROWS"] = "10", ["STELLAR_PIPELINE_ATTEMPTS"] = "11" };
        JsonElement options = await ShowAsync(variables, "--config", file, "--format", "json", "--", "populate", "--attempts", "12");
        Expect(options, "schema", "of-file", $"schema of {file}");
        Expect(options, "lock-timeout", "8", $"populate.lockTimeout of {file}");
        Expect(options, "batch-rows", "10", "STELLAR_PIPELINE_BATCH_ROWS of the environment");
        Expect(options, "attempts", "12", "the command line");
        Expect(options, "http-attempts", "10", "default");
    }

    [Theory]
    [InlineData("STELLAR_PIPELINE_DATABASE", "postgres://loader:hush-hush@db/wallet", "db:5432/wallet as loader")]
    [InlineData("DATABASE_URL", "postgres://loader:hush-hush@db/wallet", "db:5432/wallet as loader")]
    [InlineData("DATABASE_URL", "host=db password=hush-hush user=loader dbname=wallet", "db:5432/wallet as loader")]
    [InlineData("PGHOST", "db.example", "db.example:5432/")]
    [InlineData("STELLAR_PIPELINE_ARCHIVE", "https://me:hush-hush@one/a?key=hush-hush;two", "https://********@one/a?******** ; two")]
    public async Task ConfigShow_SecretInAVariable_IsMasked(string variable, string value, string shown)
    {
        CliResult result = await CliProcess.RunAsync(new Dictionary<string, string> { [variable] = value }, "config", "show");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(shown, result.Output, StringComparison.Ordinal);
        Assert.Contains(variable, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", result.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Populate_ManyMistakes_AllAreToldAtOnceWithTheirPlaces()
    {
        string file = Write("""{ "archiv": "x", "populate": { "batch-rows": {}, "progress": "sometimes" } }""");
        var variables = new Dictionary<string, string> { ["STELLAR_PIPELINE_BATCH_ROWS"] = "0", ["DATABASE_URL"] = "" };
        CliResult result = await CliProcess.RunAsync(
            variables, "populate", "--config", file, "--archive", ".", "--lock-timout", "3", "--foreign-keys", "never");
        Assert.Equal(2, result.ExitCode);
        foreach (string part in new[]
                 {
                     "archiv of", "Did you mean archive?", "populate.batch-rows of", "--progress sometimes", "populate.progress of",
                     "DATABASE_URL of the environment is set but empty",
                     "--lock-timout", "Did you mean --lock-timeout?", "--foreign-keys never",
                 })
        {
            Assert.Contains(part, result.Error, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("'3'", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Populate_NumbersOutOfRange_AreToldTogetherWithWhereTheyComeFrom()
    {
        var variables = new Dictionary<string, string> { ["STELLAR_PIPELINE_BATCH_ROWS"] = "0" };
        CliResult result = await CliProcess.RunAsync(variables, "populate", "--archive", ".", "--lock-timeout", "-1");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("0 rows", result.Error, StringComparison.Ordinal);
        Assert.Contains("the lock timeout", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Populate_DatabaseAndDataDirectory_AreRefusedTogetherButNotFromTwoLevels()
    {
        CliResult both =
            await CliProcess.RunAsync("populate", "--archive", ".", "--database", "postgres://127.0.0.1:1/a", "--data-directory", folder);
        Assert.Equal(2, both.ExitCode);
        Assert.Contains("--database and --data-directory: give one of the two", both.Error, StringComparison.Ordinal);
        JsonElement options = await ShowAsync(new Dictionary<string, string> { ["DATABASE_URL"] = "postgres://db/a" }, "--format", "json",
            "--", "populate", "--data-directory", folder);
        Expect(options, "database", "", "default");
    }

    [Fact]
    public async Task Migrate_DatabaseOfTheEnvironment_IsUsedAndNamed()
    {
        CliResult result = await CliProcess.RunAsync(
            new Dictionary<string, string> { ["PGHOST"] = "127.0.0.1", ["PGPORT"] = "1", ["PGDATABASE"] = "wallet" }, "migrate", "status");
        Assert.Equal(4, result.ExitCode);
        Assert.Contains("127.0.0.1:1/wallet, from PGHOST and PGDATABASE of the environment.", result.Error, StringComparison.Ordinal);
        Assert.Contains("Nothing listens on port 1 of 127.0.0.1", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ ", "is not valid JSON")]
    [InlineData("[]", "give an object")]
    [InlineData("""{ "StellarPipeline": 1 }""", "give an object")]
    public async Task ConfigShow_FileThatIsNone_IsRefused(string text, string part)
    {
        CliResult result = await CliProcess.RunAsync("config", "show", "--config", Write(text));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(part, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("popul", " Did you mean populate?")]
    [InlineData("plna", " Did you mean plan?")]
    [InlineData("pl", "")]
    [InlineData("elephant", "")]
    public void Text_Typo_NamesWhatIsNear(string typed, string expected) =>
        Assert.Equal(expected, Suggestions.Text(typed, ["populate", "plan", "psql", "server"]));

    private static async Task<JsonElement> ShowAsync(Dictionary<string, string> variables, params string[] arguments)
    {
        CliResult result = await CliProcess.RunAsync(variables, ["config", "show", .. arguments]);
        Assert.True(result.ExitCode == 0, result.All);
        return JsonDocument.Parse(result.Output).RootElement.GetProperty("options");
    }

    private static void Expect(JsonElement options, string name, string value, string origin)
    {
        JsonElement option = options.GetProperty(name);
        Assert.Equal((value, origin), (option.GetProperty("value").GetString(), option.GetProperty("origin").GetString()));
    }

    private string Write(string text)
    {
        string file = Path.Combine(folder, "settings.json");
        File.WriteAllText(file, text);
        return file;
    }
}
