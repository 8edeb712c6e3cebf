using System.CommandLine;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Output.Reports;

/// <summary>All places of <c>--report</c>.</summary>
internal sealed class ReportFiles : IDisposable
{
    private readonly List<ReportFile> files = [];

    /// <summary>Whether the report takes standard output, so that the summary for people has to go elsewhere.</summary>
    public bool TakesStandardOutput => files.Exists(file => file.IsStandardOutput);

    /// <summary>The option.</summary>
    public static Option<string[]> Option() => new("--report")
    {
        Description =
            "Write the full report to this file: a page with charts if its name ends in .html, else JSON; - is standard output. May be "
                + "given several times. Also written, with the error, when the load is refused or fails.",
        HelpName = "file|-",
    };

    /// <summary>The option of a command whose report has no page.</summary>
    public static Option<string[]> JsonOption()
    {
        var option = new Option<string[]>("--report")
        {
            Description = "Write the whole report as JSON to this file; - is standard output. May be given several times. Also "
                + "written when the job is refused or fails, with the error.",
            HelpName = "file|-",
        };
        option.Validators.Add(result =>
        {
            foreach (string name in result.GetValueOrDefault<string[]>() ?? [])
            {
                if (ReportFile.IsPageName(name))
                    result.AddError($"--report {name}: this command writes only JSON. Name a file that ends in .json.");
            }
        });
        return option;
    }

    /// <summary>Makes sure that all files can be written.</summary>
    /// <exception cref="CommandLineException">A file cannot be created or written (kind usage).</exception>
    public static ReportFiles Open(string[]? names)
    {
        var all = new ReportFiles();
        try
        {
            foreach (string name in names ?? []) all.files.Add(ReportFile.Open(name));
            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    /// <summary>Says that a dry run without an error leaves no report, if one was asked for.</summary>
    public void TellNoneOfDryRun()
    {
        if (files.Count > 0)
            Console.Error.WriteLine("Remark: A dry run writes a report only if the job would be refused. No report was written.");
    }

    /// <summary>Writes the report of a load.</summary>
    public async Task WriteAsync(PopulateReport report)
    {
        foreach (ReportFile file in files) await file.WriteAsync(report);
    }

    /// <summary>Writes a report that has no page.</summary>
    /// <param name="json">The report.</param>
    public async Task WriteAsync(byte[] json)
    {
        foreach (ReportFile file in files) await file.WriteAsync(json);
    }

    /// <summary>Writes a report of its own kind.</summary>
    /// <param name="json">The report as JSON.</param>
    /// <param name="page">Makes its page.</param>
    public async Task WriteAsync(byte[] json, Func<string> page)
    {
        foreach (ReportFile file in files) await file.WriteAsync(json, page);
    }

    /// <summary>Writes the report of a load that was refused, failed or was stopped.</summary>
    public async Task WriteAsync(RunFailure failure)
    {
        foreach (ReportFile file in files) await file.WriteAsync(failure);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ReportFile file in files) file.Dispose();
    }
}
