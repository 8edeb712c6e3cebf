using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>Messages for somebody who reads them tired: complete, true, short, and with the way out.</summary>
public sealed class NightShiftTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-night-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Run_SeveralWrongOptionsAndNoArchive_NamesAll()
    {
        CliResult result = await CliProcess.RunAsync(
            "populate", "--attempts", "abc", "--checkpoint", "soon", "--cache-size", "5X", "--foreign-keys", "sometimes");
        Assert.Equal(2, result.ExitCode);
        foreach (string part in new[]
        {
            "Name the archive", "--attempts abc: give a whole number.", "--checkpoint soon", "--cache-size 5X", "--foreign-keys sometimes",
        })
        {
            Assert.Contains(part, result.Error, StringComparison.Ordinal);
        }

        string[] lines = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Distinct().Count(), lines.Length);
    }

    [Theory]
    [InlineData("migrate up many", "many: give a whole number")]
    [InlineData("populate --archive . --batch-rows many", "--batch-rows many: give a whole number")]
    [InlineData("archive fetch --archive http://localhost/a --http-timeout long", "--http-timeout long: give a number")]
    [InlineData("live --source . --to soon", "--to soon: give a whole number")]
    public async Task Run_ValueOfAnotherType_SaysWhatToGive(string arguments, string part)
    {
        CliResult result = await CliProcess.RunAsync(arguments.Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(part, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", result.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_NoPrivateServerYet_SaysWhatMakesOne()
    {
        CliResult result = await CliProcess.RunAsync("status", "--data-directory", Path.Combine(folder, "none"));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("The first load into it creates it (populate, backfill)", result.Error, StringComparison.Ordinal);
        Assert.Contains("name the database", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Populate_RoleWithoutAnyRight_GetsOneScriptWithAllOfThem()
    {
        await GenerateAsync();
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        TestRole role = await database.CreateRoleAsync("GRANT USAGE ON SCHEMA public TO {role}");
        string[] populate = ["populate", "--archive", folder, "--database", role.ConnectionString, "--dry-run", "--quiet"];
        CliResult pending = await CliProcess.RunAsync(populate);
        Assert.Equal(2, pending.ExitCode);
        Assert.Contains($"GRANT CREATE ON SCHEMA public TO {role.Name};", pending.Error, StringComparison.Ordinal);
        Assert.Contains("21 migrations are pending", pending.Error, StringComparison.Ordinal);
        Assert.InRange(pending.Error.Length, 1, 500);

        Assert.Equal(0, (await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString)).ExitCode);
        CliResult refused = await CliProcess.RunAsync(populate);
        CliResult plan = await CliProcess.RunAsync("plan", "--database", role.ConnectionString);
        string[] grants = [.. refused.Error.Split('\n').Where(line => line.StartsWith("GRANT ", StringComparison.Ordinal))];
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(grants, grant => grant.Contains("gorp_migrations", StringComparison.Ordinal));
        Assert.All(grants, grant => Assert.Contains(grant, plan.Output, StringComparison.Ordinal));
        Assert.Single(refused.Error.Split("The role may not INSERT into ")[1..]);
        foreach (string grant in grants) await database.ExecuteAsync(grant);
        CliResult granted = await CliProcess.RunAsync(populate);
        Assert.True(granted.ExitCode == 0, granted.All);
    }

    [SkippableFact]
    public async Task Status_RoleThatMayNotRead_GetsOneGrantAndNotTheAdviceToWait()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        Assert.Equal(0, (await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString)).ExitCode);
        TestRole role = await database.CreateRoleAsync("GRANT USAGE ON SCHEMA public TO {role}");
        CliResult refused = await CliProcess.RunAsync("status", "--database", role.ConnectionString, "--exact");
        Assert.Equal(2, refused.ExitCode);
        Assert.DoesNotContain("Run again when the server is back", refused.Error, StringComparison.Ordinal);
        int start = refused.Error.IndexOf("GRANT ", StringComparison.Ordinal);
        Assert.True(start > 0, refused.All);
        await database.ExecuteAsync(refused.Error[start..]);
        CliResult granted = await CliProcess.RunAsync("status", "--database", role.ConnectionString, "--exact");
        Assert.True(granted.ExitCode == 0, granted.All);
    }

    [SkippableFact]
    public async Task StatusAndPlan_DatabaseThatIsInUse_FitTheTerminalAndSayTheWayOut()
    {
        await GenerateAsync();
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        CliResult load = await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString, "--quiet");
        Assert.True(load.ExitCode == 0, load.All);

        CliResult status = await CliProcess.RunAsync("status", "--database", database.ConnectionString);
        Assert.True(status.ExitCode == 0, status.All);
        Assert.All(status.Output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        CliResult plan = await CliProcess.RunAsync("plan", "--database", database.ConnectionString);
        Assert.Equal(2, plan.ExitCode);
        Assert.Contains("pass --replace to empty the tables in the same transaction", plan.Output, StringComparison.Ordinal);

        // The generated checkpoint is old; nothing is to be fetched from a folder.
        CliResult dry = await CliProcess.RunAsync(
            "populate", "--archive", folder, "--database", database.ConnectionString, "--dry-run", "--replace");
        Assert.True(dry.ExitCode == 0, dry.All);
        Assert.Contains("--max-age", dry.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("MaxAge", dry.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("plus the download", dry.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_CacheTooSmall_NamesTheOptionAndReadableSizes()
    {
        await GenerateAsync();
        CliResult result = await CliProcess.RunAsync(
            "archive", "fetch", "--archive", folder, "--cache", Path.Combine(folder, "cache"), "--cache-size", "1KiB");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--cache-size sets this limit.", result.Error, StringComparison.Ordinal);
        Assert.Contains("KiB)", result.Error, StringComparison.Ordinal);
        Assert.All(result.Output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 80));
    }

    private Task<GeneratedArchive> GenerateAsync() => CheckpointArchiveGenerator.GenerateAsync(
        folder, new GeneratorOptions { Accounts = 50, Trustlines = 80, Passphrase = StellarNetwork.Testnet.Passphrase });
}
