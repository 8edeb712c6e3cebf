using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Output;

/// <summary>The plan for tables that the load itself would create: there are no foreign keys to plan yet.</summary>
internal static class PlanWithoutTables
{
    private const string Advice =
        "Run migrate up first to see how their foreign keys would be kept; populate creates them in its own transaction.";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Prints it.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="kind">text, json or dot.</param>
    /// <returns>The exit code.</returns>
    public static int Print(PopulatePlan plan, string kind)
    {
        string[] missing = [.. plan.Load.Preflight.Tables.Where(table => !table.Exists).Select(table => table.Table.Name)];
        string what = $"{missing.Length} of the {plan.Load.Preflight.Tables.Count} wallet tables do not exist yet: "
            + $"{string.Join(", ", missing)}.";

        // Missing tables are reported in one sentence, not one by one.
        LoadFinding[] findings = [.. plan.Findings.Where(finding => finding.IsObstacle || finding.Check != LoadPreflight.TableShape)];
        if (kind == "json") Console.WriteLine(Json(plan, what, findings));
        else if (kind == "dot") Console.WriteLine("digraph plan { }");
        else Text(what, findings);
        return plan.IsRefused ? ExitCode.Usage : ExitCode.Done;
    }

    private static void Text(string what, LoadFinding[] findings)
    {
        Console.WriteLine(what);
        Console.WriteLine(Advice);
        foreach (LoadFinding finding in findings.Where(finding => !finding.IsObstacle)) Console.WriteLine($"  {finding.Message}");
        LoadFinding[] obstacles = [.. findings.Where(finding => finding.IsObstacle)];
        Console.WriteLine(
            obstacles.Length == 0 ? "Nothing prevents a load." : "Refused: a load would end before it changes anything");
        foreach (LoadFinding finding in obstacles) Console.WriteLine($"  {finding.Message}");
        if (MissingRight.Script(obstacles) is { Length: > 0 } script) Console.WriteLine(script);
    }

    private static string Json(PopulatePlan plan, string what, LoadFinding[] findings) => new JsonObject
    {
        ["role"] = plan.Load.Preflight.Role,
        ["refused"] = plan.IsRefused,
        ["strategy"] = null,
        ["missing_tables"] = what,
        ["advice"] = Advice,
        ["checks"] = new JsonArray([.. findings.Select(finding => (JsonNode)new JsonObject
        {
            ["check"] = finding.Check, ["obstacle"] = finding.IsObstacle, ["message"] = finding.Message,
        })]),
    }.ToJsonString(Indented);
}
