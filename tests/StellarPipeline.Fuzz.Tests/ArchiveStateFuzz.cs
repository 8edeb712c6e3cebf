using System.Text.RegularExpressions;
using StellarPipeline.Archive;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Fuzz.Tests.Corpus;
using StellarPipeline.Fuzz.Tests.Harness;
using StellarPipeline.Fuzz.Tests.Mutation;
using Xunit.Abstractions;

namespace StellarPipeline.Fuzz.Tests;

/// <summary>Damaged archive states. What of them becomes the name of a file is a name that an archive has.</summary>
public sealed partial class ArchiveStateFuzz(ITestOutputHelper output)
{
    [Fact]
    public Task Parse_DamagedStates_AreReadOrRefused() => FuzzRun.RunAsync(
        new Target(), output, "read", ArchiveErrorCode.StateJson, ArchiveErrorCode.StateLevels, ArchiveErrorCode.StateVersion,
        ArchiveErrorCode.StateNetwork);

    [GeneratedRegex("^bucket/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{2})/bucket-\\1\\2\\3[0-9a-f]{58}\\.xdr\\.gz\\z")]
    private static partial Regex BucketPath();

    private sealed class Target : FuzzTarget
    {
        private const int MaxTextChars = 1_024;

        public override string Name => "archive-state";

        public override int Share => 10;

        public override byte[][] Make(FuzzRandom random) =>
            [JsonMutator.Mutate(random.Pick(FuzzCorpus.Shared.States), random.Pick(FuzzCorpus.Shared.States), random)];

        // Eleven levels of two hashes, two texts, the names of the places: some 20 KiB. The reader's error quotes a broken text, and makes
        // five copies on the way; a text has 1 MiB at most.
        public override long MaxAllocatedBytes(byte[][] input) => (128 * 1024) + (16L * input[0].Length);

        public override string Run(byte[][] input, FuzzRandom random)
        {
            ArchiveState state = ArchiveStateParser.Parse(input[0], ArchivePath.RootState);
            Assert.Equal(ArchiveState.LevelCount, state.LiveLevels.Count);
            Assert.Equal(state.Version == 2 ? ArchiveState.LevelCount : 0, state.HotArchiveLevels.Count);
            Assert.InRange(state.Server?.Length ?? 0, 0, MaxTextChars);
            Assert.InRange(state.NetworkPassphrase?.Length ?? 0, 0, MaxTextChars);
            foreach (BucketReference bucket in (BucketReference[])[
                .. state.Buckets(BucketListKind.Live), .. state.Buckets(BucketListKind.HotArchive)])
            {
                string path = ArchivePath.Bucket(bucket.Hash);
                if (!BucketPath().IsMatch(path) || !path.EndsWith('/' + bucket.FileName, StringComparison.Ordinal))
                    throw new InvalidOperationException($"\"{path}\" is no path of a bucket.");
            }

            return "read";
        }
    }
}
