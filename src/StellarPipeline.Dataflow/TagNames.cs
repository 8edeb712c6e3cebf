namespace StellarPipeline.Dataflow;

/// <summary>Names of tags, made once. Those without our prefix are OpenTelemetry's.</summary>
internal static class TagNames
{
    /// <summary>What kind of error it was.</summary>
    public const string ErrorType = "error.type";

    /// <summary>The table.</summary>
    public const string Table = "db.collection.name";

    /// <summary>Why something was done.</summary>
    public const string Reason = "reason";

    /// <summary>How something ended.</summary>
    public const string Outcome = "outcome";

    /// <summary>The run.</summary>
    public static readonly string Run = Name("run");

    /// <summary>The stage.</summary>
    public static readonly string Stage = Name("stage");

    /// <summary>A name of ours, with the prefix.</summary>
    public static string Name(string rest) => $"{Telemetry.Prefix}.{rest}";
}
