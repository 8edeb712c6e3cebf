using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>cache list</c> and <c>cache prune</c>: list the buckets of the bucket cache and remove unused ones.</summary>
internal static class CacheCommand
{
    public static Command Create() => new("cache", "Shows and prunes the cache of buckets.") { List(), Prune() };

    private static Command List()
    {
        Option<string?> folder = Folder();
        Option<string> format = CommonOptions.Format();
        var command = new Command("list", "Lists the buckets of the cache with their sizes, least recently used first.") { folder, format };
        command.SetAction(parsed =>
        {
            BucketCache cache = Open(parsed.GetValue(folder));
            IReadOnlyList<CachedBucket> buckets = cache.List();
            if (CommonOptions.Choice<OutputFormat>(parsed.GetValue(format)) == OutputFormat.Json)
            {
                Console.WriteLine(JsonText.Of(new JsonObject
                {
                    ["folder"] = cache.Folder,
                    ["bytes"] = buckets.Sum(bucket => bucket.Bytes),
                    ["buckets"] =
                        new JsonArray(
                            [.. buckets.Select(
                                bucket => new JsonObject { ["hash"] = bucket.Hash.ToString(), ["bytes"] = bucket.Bytes,
                                    ["last_used"] = bucket.LastUsed, ["whole"] = bucket.IsWhole })]),
                }));
                return ExitCode.Done;
            }

            foreach (CachedBucket bucket in buckets)
            {
                Console.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture, $"{bucket.LastUsed:yyyy-MM-dd HH:mm}Z {ProgressText.Bytes(bucket.Bytes),12}  "
                                + $"{bucket.Hash.ToString()[..16]}…{(bucket.IsWhole ? "" : "  a part")}"));
            }

            Console.WriteLine(FormattableString.Invariant(
                $"{buckets.Count:N0} buckets, {ProgressText.Bytes(buckets.Sum(bucket => bucket.Bytes))} in {cache.Folder}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Prune()
    {
        Option<string?> folder = Folder();
        var keep =
            new Option<string>("--keep")
            {
                Description = "Bytes to keep, the most recently used buckets; 0 removes every bucket that is not in use.",
                HelpName = "size", Required = true
            };
        keep.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } text && text != "0" && ByteSize.Parse(text) is null)
                result.AddError($"--keep {text}: give 0, or a number of bytes, or one with KiB, MiB, GiB or TiB.");
        });
        var command =
            new Command("prune",
                "Removes buckets that are not in use from the cache, least recently used first, until at most --keep bytes are left.")
            {
                folder,
                keep,
            };
        command.SetAction(parsed =>
        {
            BucketCache cache = Open(parsed.GetValue(folder));
            long held = cache.List().Sum(bucket => bucket.Bytes);
            long most = ByteSize.Parse(parsed.GetValue(keep)!) ?? 0;
            long freed = cache.Prune(held - most);
            Console.WriteLine($"{ProgressText.Bytes(freed)} freed, {ProgressText.Bytes(held - freed)} left in {cache.Folder}.");
            return ExitCode.Done;
        });
        return command;
    }

    private static Option<string?> Folder() =>
        new("--cache")
        {
            Description = "The cache. [default: stellar-pipeline/buckets in the user's cache folder]",
            HelpName = "directory",
        };

    private static BucketCache Open(string? folder)
    {
        string place = folder ?? BucketCache.DefaultFolder(Product.Name);
        if (!Directory.Exists(place))
        {
            throw new CommandLineException(
                FailureKind.Usage, $"There is no cache in {place}. archive fetch fills one; --cache names another folder.");
        }

        return BucketCache.Open(place, new BucketCacheOptions { Application = Product.Name });
    }
}
