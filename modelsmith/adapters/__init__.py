"""The world behind the ports: files, YAML, git, engines, trainers, stores."""
