using System.Text.Json;
using System.Text.Json.Serialization;

namespace StellarPipeline.Cli.Output.Reports;

/// <summary>The report of a run that was refused, failed or was stopped. Written as JSON with snake_case names.</summary>
internal sealed record RunFailure
{
    /// <summary>Version of this layout, as in the report of a load.</summary>
    public int Format { get; init; } = 1;

    /// <summary>How the run ended: <c>refused</c>, <c>failed</c> or <c>interrupted</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The process's exit code.</summary>
    public required int ExitCode { get; init; }

    /// <summary>The error: what happened, where, and what to do.</summary>
    public required string Error { get; init; }

    /// <summary>Program and version.</summary>
    public required string Program { get; init; }

    /// <summary>The archive.</summary>
    public required string Archive { get; init; }

    /// <summary>The database, without any secret; empty for the private server.</summary>
    public required string Database { get; init; }

    /// <summary>When the run began, UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it ended, UTC.</summary>
    public required DateTimeOffset Ended { get; init; }

    /// <summary>The last phase; empty if no phase had begun.</summary>
    public required string Phase { get; init; }

    /// <summary>The last events of the log.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>The report as indented JSON, UTF-8.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, RunFailureJson.Default.RunFailure);
}

/// <summary>Source-generated JSON of the report.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(RunFailure))]
internal sealed partial class RunFailureJson : JsonSerializerContext;
