namespace StellarPipeline.Dataflow;

/// <summary>Names of tags. Those without our prefix are defined by OpenTelemetry.</summary>
internal static class TagNames
{
    /// <summary>The kind of error.</summary>
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

    /// <summary>A name with our prefix.</summary>
    public static string Name(string rest) => $"{Telemetry.Prefix}.{rest}";
}
