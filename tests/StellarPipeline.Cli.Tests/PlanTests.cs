using System.Text.Json;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

public sealed class PlanTests
{
    private const string Cycle =
        "CREATE TABLE a (id int PRIMARY KEY, b_id int NOT NULL); CREATE TABLE b (id int PRIMARY KEY, a_id int NOT NULL REFERENCES a); "
            + "ALTER TABLE a ADD CONSTRAINT a_to_b FOREIGN KEY (b_id) REFERENCES b";

    [SkippableTheory]
    [InlineData("text", "Layers")]
    [InlineData("json", "\"layers\"")]
    [InlineData("dot", "digraph")]
    public async Task Plan_WalletTables_PrintsThePlan(string format, string expected)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        CliResult up = await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString);
        Assert.Equal(0, up.ExitCode);
        CliResult plan = await CliProcess.RunAsync("plan", "--database", database.ConnectionString, "--format", format);
        Assert.True(plan.ExitCode == 0, plan.All);
        Assert.Contains(expected, plan.Output, StringComparison.Ordinal);
        Assert.Contains("fk_trustline_asset", plan.Output, StringComparison.Ordinal);
        if (format == "json") JsonDocument.Parse(plan.Output).Dispose();
    }

    [SkippableFact]
    public async Task Plan_CycleThatCannotBeDeferred_ExitsWith2AndItsSqlMakesItPossible()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Cycle);
        TestRole role = await database.CreateRoleAsync("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {role}");
        string[] command = ["plan", "--database", role.ConnectionString, "--tables", "a,b", "--parents-first"];
        CliResult refused = await CliProcess.RunAsync(command);
        Assert.True(refused.ExitCode == 2, refused.All);
        string[] remedies =
            [.. refused.Output.Split('\n').Select(line => line.Trim())
                .Where(
                line => line.StartsWith("ALTER TABLE", StringComparison.Ordinal)
                    && line.Contains("DEFERRABLE INITIALLY IMMEDIATE", StringComparison.Ordinal))];
        Assert.NotEmpty(remedies);
        foreach (string sql in remedies.Distinct()) await database.ExecuteAsync(sql);
        CliResult allowed = await CliProcess.RunAsync(command);
        Assert.True(allowed.ExitCode == 0, allowed.All);
    }

    [SkippableFact]
    public async Task Plan_WholeSchema_ListsItsTables()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(Cycle);
        CliResult plan = await CliProcess.RunAsync("plan", "--database", database.ConnectionString, "--schema", "public");
        Assert.True(plan.ExitCode == 0, plan.All);
        Assert.Contains("a_to_b", plan.Output, StringComparison.Ordinal);
        CliResult both = await CliProcess.RunAsync("plan", "--database", database.ConnectionString, "--schema", "public", "--tables", "a");
        Assert.Equal(2, both.ExitCode);
    }

    [SkippableFact]
    public async Task Plan_WhatPopulateWouldRefuse_SaysTheSameAndExitsWith2()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        Assert.Equal(0, (await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString)).ExitCode);
        await database.ExecuteAsync(
            "INSERT INTO native_balances (account_id) VALUES ('\\x01'); CREATE TABLE mine (id bytea CONSTRAINT my_key REFERENCES "
                + "native_balances ON DELETE CASCADE); INSERT INTO mine VALUES ('\\x01'); CREATE VIEW my_view AS SELECT account_id FROM "
                + "native_balances");

        CliResult full = await CliProcess.RunAsync("plan", "--database", database.ConnectionString);
        CliResult replace = await CliProcess.RunAsync("plan", "--database", database.ConnectionString, "--replace");
        CliResult allowed = await CliProcess.RunAsync(
            "plan", "--database", database.ConnectionString, "--replace", "--allow-dependent-changes", "--format", "json");

        Assert.True(full.ExitCode == 2, full.All);
        Assert.Contains("These tables already hold rows: native_balances.", full.Output, StringComparison.Ordinal);
        Assert.True(replace.ExitCode == 2, replace.All);
        Assert.Contains("foreign key my_key of public.mine refers to public.native_balances with ON DELETE CASCADE (1 row)", replace.Output,
            StringComparison.Ordinal);
        Assert.Contains("view public.my_view reads public.native_balances", replace.Output, StringComparison.Ordinal);
        Assert.Contains("until COMMIT the load holds EXCLUSIVE on its tables", replace.Output, StringComparison.Ordinal);
        Assert.True(allowed.ExitCode == 0, allowed.All);
        using var json = JsonDocument.Parse(allowed.Output);
        Assert.False(json.RootElement.GetProperty("refused").GetBoolean());
        Assert.NotEqual(0, json.RootElement.GetProperty("checks").GetArrayLength());
        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM mine"));
    }

    [SkippableFact]
    public async Task Plan_TableThatIsNotThere_ExitsWith2()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        CliResult plan = await CliProcess.RunAsync("plan", "--database", database.ConnectionString, "--tables", "nowhere");
        Assert.Equal(2, plan.ExitCode);
        Assert.Contains("nowhere", plan.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Populate_Audit_WritesOneJsonObjectALine()
    {
        string folder = Directory.CreateTempSubdirectory("pipeline-audit-").FullName;
        try
        {
            await CheckpointArchiveGenerator.GenerateAsync(Path.Combine(folder, "archive"), new() { Accounts = 20, Trustlines = 40 });
            await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
            string audit = Path.Combine(folder, "audit.jsonl");
            CliResult result = await CliProcess.RunAsync("populate", "--archive", Path.Combine(folder, "archive"), "--database",
                database.ConnectionString, "--foreign-keys", "recreate", "--audit", audit, "--quiet");
            Assert.True(result.ExitCode == 0, result.All);
            string[] lines = await File.ReadAllLinesAsync(audit);
            foreach (string line in lines) JsonDocument.Parse(line).Dispose();
            Assert.Contains(lines, line => line.Contains("foreign_key_plan", StringComparison.Ordinal));
            Assert.Equal(4, lines.Count(line => line.Contains("foreign_key_restored", StringComparison.Ordinal)));
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(audit));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
