namespace StellarPipeline.Cli;

/// <summary>The name of the program for servers and users. The libraries do not contain it.</summary>
internal static class Product
{
    /// <summary>The name, as in pg_stat_activity, in the names of folders and in requests.</summary>
    public const string Name = "stellar-pipeline";

    /// <summary>What a user can do about a bug of this program.</summary>
    public const string ErrorContact = $"This is a bug in {Name}: please report it with the lines below.";

    /// <summary>The name and version for reports.</summary>
    public static string Version { get; } = $"{Name} {typeof(Product).Assembly.GetName().Version?.ToString(3) ?? "0"}";

    /// <summary>The name and version for web servers.</summary>
    public static string UserAgent { get; } = $"{Name}/{typeof(Product).Assembly.GetName().Version?.ToString(3) ?? "0"}";
}
