namespace StellarPipeline.Cli;

/// <summary>What the program calls itself, to servers and to users: the libraries know no name.</summary>
internal static class Product
{
    /// <summary>The name, as in pg_stat_activity, in the names of folders and in requests.</summary>
    public const string Name = "stellar-pipeline";

    /// <summary>What a user can do about an error that is nobody's but ours.</summary>
    public const string ErrorContact = $"This is a bug in {Name}: please report it with the lines below.";

    /// <summary>The name and version that reports get.</summary>
    public static string Version { get; } = $"{Name} {typeof(Product).Assembly.GetName().Version?.ToString(3) ?? "0"}";

    /// <summary>The name and version that web servers get to see.</summary>
    public static string UserAgent { get; } = $"{Name}/{typeof(Product).Assembly.GetName().Version?.ToString(3) ?? "0"}";
}
